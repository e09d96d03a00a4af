"""Whole runs: ingest, follow, audit, export."""
