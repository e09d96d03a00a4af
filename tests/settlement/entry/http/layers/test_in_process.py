"""What an answer within this process that is no document becomes."""

import pytest
from fastapi import APIRouter

from indexer.words.errors import InputError, RetryLaterError, UnsoundError
from settlement.entry.http.layers.app import create_app
from settlement.entry.http.layers.in_process import ask_in_process
from settlement.entry.http.layers.options import HttpOptions


@pytest.mark.parametrize(
    ("said", "raised"),
    [
        (RetryLaterError("there is no lake yet", remedy="run pozk index first"), RetryLaterError),
        (UnsoundError("a row is wrong"), UnsoundError),
        (InputError("no such epoch"), UnsoundError),
    ],
)
def test_ask_in_process__error__says_whether_waiting_helps_and_what_to_do(said, raised):
    router = APIRouter()

    @router.get("/v1/network")
    def _network():
        raise said

    with pytest.raises(raised) as found:
        ask_in_process(create_app(HttpOptions(), router), "/v1/network")
    assert type(found.value) is raised
    assert said.line() in found.value.line()
