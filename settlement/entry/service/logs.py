"""The service's log on stderr: for people on a terminal, JSON lines otherwise; what is secret is not in it."""

import logging
import re
import sys
from collections.abc import Callable, MutableMapping, Sequence
from typing import Any

import structlog

from indexer.adapters.postgres.database_errors import hide_password
from settlement.entry.configuration.settings import Settings
from settlement.entry.views.output import lead_notes_to

LEVELS = {"quiet": logging.WARNING, "normal": logging.INFO, "verbose": logging.DEBUG}
_EPOCH, _BLOCKS = re.compile(r"\bepoch (\d+)"), re.compile(r"\bblocks? (\d+)(?: to (\d+))?")
Event = MutableMapping[str, Any]


def start_logs(settings: Settings, level: str) -> Callable[..., None]:
    """Begin to log and return `say(event, job=.., level=.., ..)`; what other parts note goes there too."""
    secrets = secrets_of(settings)
    shows = structlog.dev.ConsoleRenderer(colors=True) if sys.stderr.isatty() else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            bind_ranges,
            lambda _logger, _method, event: hide_secrets(event, secrets),
            shows,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[level]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.getLogger("apscheduler").setLevel(logging.CRITICAL)
    logger = structlog.get_logger()

    def say(event: str, *, level: str = "info", **bound: object) -> None:
        getattr(logger, level)(event, **bound)

    lead_notes_to(lambda text: say(text))
    return say


def secrets_of(settings: Settings) -> tuple[str, ...]:
    """Return every secret of the configuration that could turn up in a text, the longest first."""
    found = [settings.store.database_url, *settings.chain.rpc]
    for signer in (settings.signer, settings.relayer):
        found += [signer.private_key, signer.private_key.removeprefix("0x"), signer.password, signer.url]
    parts = {part for text in found for part in (text, *_parts_of(text)) if len(part) > 5}
    return tuple(sorted(parts, key=len, reverse=True))


def _parts_of(url: str) -> list[str]:
    """Return user, password and whatever of an address names nobody but its owner."""
    matched = re.match(r"\w+://(?:([^:/@]*):([^@]*)@)?[^/?#]*/?([^?#]*)", url)
    return [] if matched is None else [matched[2] or "", *(part for part in matched[3].split("/") if len(part) > 15)]


def hide_secrets(event: Event, secrets: Sequence[str]) -> Event:
    """Return an event whose texts have no secret of the configuration in them."""
    return {name: _hidden(value, secrets) if isinstance(value, str) else value for name, value in event.items()}


def _hidden(text: str, secrets: Sequence[str]) -> str:
    for secret in secrets:
        text = text.replace(secret, "***")
    return hide_password(text)


def bind_ranges(_logger: Any, _method: str, event: Event) -> Event:
    """Bind the epoch and the blocks that an event speaks of, so that they can be searched for."""
    text = str(event.get("event", ""))
    if (epoch := _EPOCH.search(text)) is not None:
        event.setdefault("epoch", int(epoch[1]))
    if (blocks := _BLOCKS.search(text)) is not None:
        event.setdefault("from_block", int(blocks[1]))
        event.setdefault("to_block", int(blocks[2] or blocks[1]))
    return event
