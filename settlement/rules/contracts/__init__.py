"""What the contracts say when they refuse, and of each other."""
