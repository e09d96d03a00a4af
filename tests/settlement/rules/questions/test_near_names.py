"""Names that are none."""

from settlement.rules.questions.near_names import no_such


def test_no_such__near_one__is_suggested():
    assert "did you mean epochs?" in no_such("no such query", "epoch", ["epochs", "apps"]).line()


def test_no_such__nothing_near__names_all():
    assert "expected one of epochs, apps" in no_such("no such query", "zzz", ["epochs", "apps"]).line()
