"""Every route against the OpenAPI document, with generated requests: no answer that is not described, no 500."""

import pytest
import schemathesis
from hypothesis import HealthCheck, settings

from settlement.entry.http.site import create_site

pytestmark = [pytest.mark.chain, pytest.mark.database, pytest.mark.slow]
EXAMPLES = 6


@pytest.fixture(scope="module")
def api(store):
    return schemathesis.openapi.from_asgi("/openapi.json", create_site(store))


schema = schemathesis.pytest.from_fixture("api")


@schema.parametrize()
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
def test_openapi__any_request__is_answered_as_described(case):
    answer = case.call()
    assert answer.status_code < 500, answer.text
    case.validate_response(answer)
