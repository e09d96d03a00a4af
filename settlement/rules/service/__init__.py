"""When a job is tried again, what a frozen one takes with it, and which checks the measured values answer."""
