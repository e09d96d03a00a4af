-- Grain: one row a range of stored blocks; the ranges follow each other without overlap. `sums` is JSON: of every table
-- that has rows there, what `indexer/rules/stored/row_sums.py` defines.
CREATE TABLE IF NOT EXISTS lake.ledger (
    from_block UBIGINT NOT NULL,
    to_block UBIGINT NOT NULL,
    sums VARCHAR NOT NULL
);
