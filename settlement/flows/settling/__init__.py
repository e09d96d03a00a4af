"""What settling rests on beside its flow: the parts of an epoch, and the trees of settled ones."""
