"""One module a group of routes of the API, all of them read."""
