"""The page: its own files, and what readers without scripts see."""
