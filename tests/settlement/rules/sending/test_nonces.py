from settlement.rules.sending.nonces import missing_nonces


def test_missing_nonces__between_and_before_the_open_ones__are_listed():
    assert missing_nonces(5, [6, 8]) == [5, 7]


def test_missing_nonces__none_is_open_or_all_follow_each_other__nothing():
    assert missing_nonces(5, []) == []
    assert missing_nonces(5, [5, 6]) == []
    assert missing_nonces(7, [5, 6]) == []
