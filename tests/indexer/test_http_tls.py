"""https with an authority of one's own and with client certificates, against a real TLS server."""

import shutil
import socket
import ssl
import subprocess
import time
from contextlib import suppress

import pytest

from indexer.adapters.nodes.access import Access
from indexer.adapters.nodes.node import HttpNode
from indexer.adapters.nodes.transport import Transport
from indexer.words.faults import NodeFault, SettingFault
from tests.support.played_node import PlayedNode

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the certificates")


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A folder with an authority `ca` and, signed by it, `server` (for 127.0.0.1) and `client`, each .pem and .key."""
    folder = tmp_path_factory.mktemp("tls")

    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)

    new = ("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2")
    openssl(*new, "-subj", "/CN=authority", "-keyout", "ca.key", "-out", "ca.pem")
    for name, extension in (("server", "subjectAltName=IP:127.0.0.1"), ("client", "extendedKeyUsage=clientAuth")):
        signed = ("-CA", "ca.pem", "-CAkey", "ca.key", "-addext", extension)
        openssl(*new, "-subj", f"/CN={name}", *signed, "-keyout", f"{name}.key", "-out", f"{name}.pem")
    return folder


def server_of(files, *, wants_client=False):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files / "server.pem", files / "server.key")
    if wants_client:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(files / "ca.pem")
    return PlayedNode(lambda *_: "0x1", tls=context)


def ask(played, url=None, **access):
    return HttpNode(Transport(url or played.url, Access(answer_seconds=5, **access))).fetch_chain_id()


def test_post__authority_of_ones_own__trusted_where_it_is_named(files):
    with server_of(files) as played:
        assert ask(played, ca_file=files / "ca.pem") == 1
        with pytest.raises(SettingFault, match=r"certificate not trusted.*chain\.ca_file") as caught:
            ask(played)
        assert caught.value.exit_code == 2


def test_post__certificate_of_another_host__not_trusted(files):
    with server_of(files) as played, pytest.raises(SettingFault, match="certificate not trusted"):
        ask(played, url=f"https://localhost:{played.port}", ca_file=files / "ca.pem")


def test_post__client_certificate_asked_for__sent_where_there_is_one(files):
    access = {"ca_file": files / "ca.pem", "client_cert": files / "client.pem", "client_key": files / "client.key"}
    with server_of(files, wants_client=True) as played:
        assert ask(played, **access) == 1
        refusals = {refused_line(played, ca_file=files / "ca.pem") for _ in range(10)}
    assert any("chain.client_cert" in line for line in refusals), refusals  # a reset may overtake the alert


def refused_line(played, **access):
    with pytest.raises(NodeFault) as caught:
        ask(played, **access)
    return caught.value.line()


def test_post__plain_http_asked_over_tls__one_line(files):
    with PlayedNode(lambda *_: "0x1") as played, pytest.raises(NodeFault) as caught:
        ask(played, url=f"https://127.0.0.1:{played.port}", ca_file=files / "ca.pem")
    assert caught.value.line().isprintable()


def test_post__host_that_offers_http2_alone__one_line_that_says_so(files):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    keys = ["-cert", "server.pem", "-key", "server.key"]
    server = subprocess.Popen(
        ["openssl", "s_server", "-accept", f"127.0.0.1:{port}", *keys, "-alpn", "h2", "-quiet"],
        cwd=files,
        stdin=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(port)
        with pytest.raises(SettingFault, match="HTTP/2 alone"):
            ask(None, url=f"https://127.0.0.1:{port}", ca_file=files / "ca.pem")
    finally:
        server.kill()
        server.wait()


def wait_for(port):
    for _ in range(200):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.05)
