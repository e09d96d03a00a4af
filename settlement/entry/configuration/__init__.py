"""The configuration: read, checked, and made into adapters."""
