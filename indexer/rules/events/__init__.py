"""The kinds of event there are, and logs decoded into their tables."""
