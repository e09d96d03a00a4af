"""What nodes say when they refuse, how well they are, how much to ask them for, and which of them are one."""
