"""What a reader sees, as JSON: each document is built in one module here, for `--json` and for HTTP alike.

Views say the same to people; what is said to people only is not here. `docs/json` describes each document.
"""
