"""The service `pozk run`: its jobs, when they run, who of several instances speaks, and what it says of itself."""
