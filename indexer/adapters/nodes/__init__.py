"""Nodes: a pool of them, JSON-RPC, HTTP."""
