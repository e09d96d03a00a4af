"""Facts of epochs, read and let go."""


def facts_of(source, epoch, **options):
    """Return the facts of an epoch; the state that they were read from is closed."""
    with source.load_facts(epoch, **options) as reading:
        return reading.facts
