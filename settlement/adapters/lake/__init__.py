"""What the lake says of an epoch: facts by SQL steps, and the same rows read again without the engine."""
