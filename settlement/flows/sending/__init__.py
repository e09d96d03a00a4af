"""Sends calls so that each is on chain once: intents, their fate, and what is offered for them."""
