from indexer.rules.state_sync import without_state_sync


def receipts(*gas):
    return [{"cumulativeGasUsed": hex(each)} for each in gas]


def test_without_state_sync__receipt_without_gas_at_the_end__split_off():
    assert without_state_sync(receipts(21_000, 42_000, 0)) == (receipts(21_000, 42_000), receipts(0))
    assert without_state_sync(receipts(0)) == ([], receipts(0))


def test_without_state_sync__ordinary_receipts__all_stay():
    assert without_state_sync(receipts(21_000, 42_000)) == (receipts(21_000, 42_000), [])
    assert without_state_sync([]) == ([], [])
