"""HTTP: one module a group of routes, all of them read; `app` puts them together, `server` serves them."""
