"""The name of the ruleset that a configuration has where nobody chose one, known without loading any."""

USUAL = "paper-v1"
"""The first of its family in the registry, which commands that settle load alone."""
