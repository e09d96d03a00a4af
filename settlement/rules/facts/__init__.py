"""What the chain says of one epoch: its blocks, parameters, rows and sums, and what concerns one account."""
