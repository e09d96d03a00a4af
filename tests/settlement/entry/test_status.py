"""What the screen of `pozk status` says of the committee."""

import pytest

from settlement.entry.commands.service.status import committee_line

ABSENT = {"members": 3, "absent": ["0xaa", "0xbb"], "dissent": False}


@pytest.mark.parametrize(
    ("committee", "is_due", "line"),
    [
        (ABSENT, False, "committee of 3"),
        (ABSENT, True, "committee of 3, absent 0xaa, 0xbb"),
        (ABSENT | {"absent": []}, True, "committee of 3, absent none"),
        (ABSENT | {"dissent": True}, False, "committee of 3, they DISAGREE"),
    ],
)
def test_committee_line__who_has_not_voted__is_absent_once_the_epoch_is_settled(committee, is_due, line):
    assert committee_line(committee, is_due=is_due) == line
