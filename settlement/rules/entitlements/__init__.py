"""What is owed in all: the ledger, its tree, proofs, opening balances."""
