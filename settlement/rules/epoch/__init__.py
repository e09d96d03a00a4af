"""One epoch: its blocks, facts, stages, digests, report."""
