"""What a node does wrong, sorted by what the one who asked must do next."""

from indexer.words.errors import RetryLaterError


class NodeFault(RetryLaterError):
    """A node did not give an answer that can be used; another node, or a later try, may. Exit code 3 at the end."""

    worth_a_retry = True


class UnreachableFault(NodeFault):
    """No connection, a time-out, a broken or unreadable answer, or a gateway's error: try again."""


class BrokenFault(UnreachableFault):
    """The host took the request and failed on it: HTTP 5xx, or the connection dropped. Another question may do."""


class RateFault(NodeFault):
    """The node wants fewer requests. `retry_after_seconds` is what it asked to wait, None if it did not say."""

    def __init__(self, what: str, *, retry_after_seconds: float | None = None, got: str = "", where: str = "") -> None:
        super().__init__(what, got=got, where=where, remedy="wait, or use another node")
        self.retry_after_seconds = retry_after_seconds


class RangeFault(NodeFault):
    """The node refuses a range or the size of its answer: ask for at most `max_blocks` blocks (None: for fewer)."""

    def __init__(self, what: str, *, max_blocks: int | None = None, got: str = "", where: str = "") -> None:
        super().__init__(what, got=got, where=where, remedy="use another node")
        self.max_blocks = max_blocks


class MissingFault(NodeFault):
    """The node does not have, or not yet have, a block or its receipts: it lags, or it has pruned them."""


class MethodFault(NodeFault):
    """The node does not offer a method."""

    worth_a_retry = False


class DeniedFault(NodeFault):
    """The node refuses us: a wrong address, key or path."""

    worth_a_retry = False


class SettingFault(NodeFault):
    """What is configured does not fit this node: an address that leads elsewhere, a tag it lacks. Exit code 2."""

    exit_code = 2
    worth_a_retry = False


class RevertFault(NodeFault):
    """The node says that the contract refuses a call; `data` is what the contract gave with it, or empty."""

    worth_a_retry = False

    def __init__(self, what: str, *, data: bytes = b"", got: str = "", where: str = "") -> None:
        super().__init__(what, got=got, where=where)
        self.data = data


class SendFault(NodeFault):
    """The node does not take a transaction as it is: it offers too little, or the account has too little."""

    worth_a_retry = False


class UnprovableFault(NodeFault):
    """A header or receipt of a kind that is not known here: the configuration must change. Exit code 2."""

    exit_code = 2
    worth_a_retry = False


class WrongAnswerFault(NodeFault):
    """An answer that cannot be true; `kind` names the check it failed. It is kept as evidence against the node."""

    def __init__(
        self,
        what: str,
        *,
        kind: str,
        node: str,
        block: int | None = None,
        expected: str = "",
        got: str = "",
        remedy: str = "use another node",
    ) -> None:
        where = node if block is None else f"{node} block {block}"
        super().__init__(what, expected=expected, got=got, where=where, remedy=remedy)
        self.kind, self.node, self.block = kind, node, block
