"""Before the first epoch: configuration, contracts, a devnet, database roles, and whether all of it fits."""
