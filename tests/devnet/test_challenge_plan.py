from deploy.devnet.calendar import Calendar
from deploy.devnet.challenge_plan import false_ballot, plan_challenge


def test_plan_challenge__two_epochs__a_false_root_is_proposed_challenged_and_vetoed():
    blocks = plan_challenge(Calendar(86_400, (1,)), 2)
    assert [call.function for block in blocks for call in block.calls] == [
        "vote",
        "mint",
        "approve",
        "challenge",
        "veto",
    ]
    assert all(86_400 < block.offset_seconds < 90_000 for block in blocks)
    assert blocks[1].calls[0].arguments[1] == false_ballot()


def test_plan_challenge__one_epoch__nothing():
    assert plan_challenge(Calendar(86_400, ()), 1) == []
