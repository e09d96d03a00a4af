"""Reads the market's calls of a plan task by task, also where several are in one call."""

from deploy.devnet.plan_words import Name

_MANY = {"acceptMany": "acceptTask", "submitMany": "submitProof"}


def steps_of(calls):
    """Yield (function, task, sender) for each task that a call is about; an order is its acceptance."""
    for call in calls:
        if call.function in ("postTask", "postMany"):
            yield from (("postTask", learned.name, call.sender) for learned in call.learns)
        elif call.function == "lockOrder":
            yield "acceptTask", call.learns[0].name, call.sender
        elif call.function in _MANY:
            yield from ((_MANY[call.function], part[0], call.sender) for part in call.arguments[0])
        elif call.arguments and isinstance(call.arguments[0], Name):
            yield call.function, call.arguments[0], call.sender
