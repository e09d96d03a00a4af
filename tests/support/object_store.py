"""A server that speaks S3 (moto's, over HTTP), which clients find by the variables that they read anyway."""

from contextlib import contextmanager
from urllib.request import Request, urlopen

import pytest

CREDENTIALS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
BUCKET = "s3://lake"


@contextmanager
def object_store():
    """Serve one empty bucket, `BUCKET`, for as long as the block lasts."""
    from moto.server import ThreadedMotoServer
    from s3fs import S3FileSystem

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    address = "http://{}:{}".format(*server.get_host_and_port())
    try:
        with variables(dict.fromkeys(CREDENTIALS, "tests") | {"AWS_ENDPOINT_URL": address}):
            urlopen(Request(f"{address}/moto-api/reset", method="POST")).close()  # noqa: S310 - what it held before
            S3FileSystem().mkdir(BUCKET)
            yield
    finally:
        server.stop()


def without_credentials():
    """Let clients that are made within the block have none."""
    return variables(dict.fromkeys(CREDENTIALS))


@contextmanager
def variables(values):
    """Set variables, or take away those that are None, for clients that are made within the block."""
    from s3fs import S3FileSystem

    with pytest.MonkeyPatch.context() as patch:
        for name, value in values.items():
            patch.setenv(name, value) if value else patch.delenv(name)
        S3FileSystem.clear_instance_cache()
        yield
    S3FileSystem.clear_instance_cache()
