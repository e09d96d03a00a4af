"""Before the first block: what is checked, guessed, and written down for ever."""
