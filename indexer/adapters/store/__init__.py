"""The lake: its tables, files, ledger, and bundles of receipts."""
