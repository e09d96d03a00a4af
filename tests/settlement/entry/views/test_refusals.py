"""What `pozk claim` and `pozk distribute` say of what was left out, and how they end."""

import pytest
import typer

from settlement.entry.documents.amounts import ShownAmounts
from settlement.entry.documents.claim import refused_row
from settlement.entry.views.output import Output
from settlement.entry.views.refusals import leave_with_refusals
from settlement.rules.contracts.refusals import ContractRefusal

TOKEN = b"\x01" * 20
SHORT, BROKEN = ContractRefusal("AboveAccepted", passes=True), ContractRefusal("BadProof", passes=False)


@pytest.mark.parametrize(("reasons", "code"), [([SHORT], 3), ([BROKEN], 1), ([SHORT, BROKEN], 1)])
def test_leave_with_refusals__what_passes_and_what_does_not__ends_with_its_code(reasons, code, capsys):
    rows = [refused_row(TOKEN, 5, reason) for reason in reasons]
    with pytest.raises(typer.Exit) as left:
        leave_with_refusals(Output(as_json=False), reasons, rows, ShownAmounts(TOKEN))
    assert left.value.exit_code == code
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith(f"left out: 5 of 0x{'01' * 20}, the contract refuses: {reasons[0].words};")
    assert len(said) == len(reasons)


def test_leave_with_refusals__nothing_left_out__goes_on(capsys):
    leave_with_refusals(Output(as_json=False), [], [], ShownAmounts(TOKEN))
    assert capsys.readouterr().out == ""
