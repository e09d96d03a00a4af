"""Help that says what the rulesets mean: they say so themselves, and are loaded only when somebody asks."""

from typing import Any

from settlement.entry.plain_options import PlainCommand

RULESETS = "{rulesets}"
"""Stands in the help of an option for what each ruleset of the network means."""


class LateHelp(PlainCommand):
    """A command whose help is completed when it is shown."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help."""
        for option in self.params:
            text = getattr(option, "help", None)
            if text and RULESETS in text:
                setattr(option, "help", text.replace(RULESETS, describe_rulesets()))  # noqa: B010 - arguments have none
        super().format_help(ctx, formatter)


def describe_rulesets() -> str:
    """Return what each ruleset of the network means, in one sentence."""
    from indexer.rules.protocols.reference import REFERENCE
    from settlement.rules.rulesets.registry import meanings_of

    meanings = meanings_of(REFERENCE.family)
    return "; or ".join(f"{name} ({meaning.rstrip('.')})" for name, meaning in meanings.items())
