"""A place of bundles that is away or errs is another thing than a place without that bundle."""

import socket
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from indexer.words.errors import RetryLaterError, UnsoundError
from settlement.adapters.store.bundle import PublishedBundle
from tests.support.object_store import BUCKET, object_store, without_credentials


class _Peer(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(int(self.path.split("/")[1]))
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture(scope="module")
def peer():
    server = HTTPServer(("127.0.0.1", 0), _Peer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_exists__peer_answers__there_or_not(peer, tmp_path):
    assert PublishedBundle(f"{peer}/200").exists()
    assert not PublishedBundle(f"{peer}/404").exists()
    (tmp_path / "file").touch()
    assert not PublishedBundle(str(tmp_path / "file")).exists()


def test_exists__peer_errs_or_is_away__is_retried_and_never_taken_for_the_end(peer):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        away = f"http://127.0.0.1:{taken.getsockname()[1]}"
    for url in (f"{peer}/503", f"{peer}/403", away):
        with pytest.raises(RetryLaterError, match="a bundle cannot be read"):
            PublishedBundle(url).exists()


def test_load_file__peer_errs__is_retried_and_what_is_missing_is_unsound(peer):
    with pytest.raises(RetryLaterError, match="500"):
        PublishedBundle(f"{peer}/500").load_file("report.json")
    with pytest.raises(UnsoundError, match="lacks a file"):
        PublishedBundle(f"{peer}/404").load_file("report.json")


def test_store_files__object_store__holds_them_until_it_is_away():
    with object_store():
        bundle = PublishedBundle(f"{BUCKET}/epochs/00000007/")
        assert not bundle.exists()
        bundle.store_files({"report.json": b"{}", "raw/0.parquet": bytes(1000)})
        assert bundle.exists()
        assert bundle.load_present(["report.json", "raw/0.parquet", "raw/1.parquet"]) == {
            "report.json": b"{}",
            "raw/0.parquet": bytes(1000),
        }
        with pytest.raises(UnsoundError, match="lacks a file"):
            bundle.load_file("raw/1.parquet")
        with without_credentials():
            stranger = PublishedBundle(bundle.url)
            for call in (stranger.exists, lambda: stranger.store_file("report.json", b"")):
                with pytest.raises(RetryLaterError, match=r"a bundle cannot be .*credentials"):
                    call()
