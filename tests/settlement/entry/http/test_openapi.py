"""Every route against the OpenAPI document, with generated requests: no answer that is not described, no 500."""

from contextlib import suppress

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from settlement.entry.http.site import create_site

pytestmark = [pytest.mark.chain, pytest.mark.database, pytest.mark.slow]
EXAMPLES = 3
SETTINGS = settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck), derandomize=True, database=None)


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=lambda mode: mode.value)
def test_openapi__any_request__is_answered_as_described(store, mode):
    schema = schemathesis.openapi.from_asgi("/openapi.json", create_site(store))
    tried = 0
    for found in schema.get_all_operations():
        operation = found.ok()

        @SETTINGS
        @given(case=operation.as_strategy(generation_mode=mode))
        def one(case):
            answer = case.call()
            assert answer.status_code < 500, f"{case.formatted_path}: {answer.text}"
            case.validate_response(answer, excluded_checks=[positive_data_acceptance])  # a cursor is opaque

        with suppress(Unsatisfiable):  # nothing can be wrong where there is nothing to send
            one()
        tried += 1
    assert tried > 20
