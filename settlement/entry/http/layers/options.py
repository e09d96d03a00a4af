"""What a server of ours is told: who may read it from where, and how often."""

from dataclasses import dataclass

STRICT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
"""The Content-Security-Policy: nothing inline, nothing of others."""


@dataclass(frozen=True, slots=True)
class HttpOptions:
    """How the application answers.

    origins: pages of other sites that may read it, "*" for any; none without. requests_per_minute: of one client,
    0 for no limit; burst: how many of them at once.
    """

    origins: tuple[str, ...] = ()
    requests_per_minute: int = 0
    burst: int = 60
    policy: str = STRICT_POLICY
