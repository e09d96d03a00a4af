"""What runs on, and what it tells: the service, its state, HTTP, queries."""
