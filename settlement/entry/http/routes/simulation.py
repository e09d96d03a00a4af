"""The route of what-if: an epoch projected, and what other stakes, work, weights or rules would change."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from indexer.words.quantities import Epoch
from settlement.entry.documents.simulation import projection_document
from settlement.entry.http.answering.answers import answer_document
from settlement.entry.http.answering.parameters import EpochQuery
from settlement.entry.http.answering.readings import ReadingsNow
from settlement.entry.http.layers.errors import ERRORS
from settlement.entry.views.scenario import read_overrides
from settlement.flows.simulate import project_epoch

router = APIRouter(prefix="/v1", tags=["what if"], responses=ERRORS)
MOST_OVERRIDES = 32
Entries = Annotated[list[str] | None, Query(max_length=MOST_OVERRIDES)]


@router.get("/simulate")
def simulate(
    request: Request,
    readings: ReadingsNow,
    stake: Entries = None,
    work: Entries = None,
    tasks: Entries = None,
    weights: Annotated[str | None, Query(description="a,b,c,d in basis points")] = None,
    ruleset: str | None = None,
    residual: Annotated[str | None, Query(description="rollover or normalize")] = None,
    epoch: EpochQuery = None,
) -> Response:
    """Project the open epoch as if it ended now, or a finished one, with overrides as `pozk simulate` takes them."""
    overrides = read_overrides(stake, work, tasks, weights, ruleset, residual)
    number, amounts = None if epoch is None else Epoch(epoch), readings.amounts(())

    def project() -> dict[str, Any]:
        with readings.settling() as settler:
            return amounts.mark(projection_document(project_epoch(settler, number, overrides), None, (), ()))

    return answer_document(request, project())
