"""Where other oracles publish their bundles: folders or URLs, each of one epoch or of all, by epoch."""

from collections.abc import Callable, Sequence

from indexer.words.errors import PozkError
from indexer.words.quantities import Epoch, Hash32
from settlement.adapters.store.bundle import PublishedBundle
from settlement.rules.epoch.report import hash_report


class PeerBundles:
    """The bundles at some places. A place that fails is told of and left out."""

    def __init__(self, places: Sequence[str], tell: Callable[[str], None]) -> None:
        self._places, self._tell = places, tell

    def find(self, epoch: Epoch, report_hash: Hash32) -> PublishedBundle | None:
        """Return the first bundle whose report has that hash, None if there is none at hand."""
        for place in self._places:
            for url in (place, f"{place.rstrip('/')}/{epoch:08d}"):
                try:
                    bundle = PublishedBundle(url)
                    if bundle.exists() and hash_report(bundle.load_document()) == report_hash:
                        return bundle
                except PozkError as error:
                    self._tell(f"a peer's bundle is left out: {error.line()}")
        return None
