"""What the simulated runs of this session went through, counted for the table at their end."""

from collections import Counter


class Tally(Counter):
    """Counts by (group, name), and by a group's name alone for what has no parts."""

    def table(self):
        """Return the counts as a table that is also Markdown."""
        lines = ["| what | count |", "|---|---|"]
        plain = [(name, count) for name, count in self.items() if isinstance(name, str)]
        parts = sorted((name, count) for name, count in self.items() if not isinstance(name, str))
        lines += [f"| {name} | {count:,} |" for name, count in plain]
        lines += [f"| {group}: {name} | {count:,} |" for (group, name), count in parts]
        return "\n".join(lines)


TALLY = Tally()
