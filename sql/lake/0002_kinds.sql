-- Grain: lake.kinds one row a kind of a set of kinds for which ranges were proven, as `lake.coverage.kinds` names it (NULL
-- there: a range of before); lake.undecoded one row a log of a further kind that cannot be decoded: it blocks nothing.
CREATE TABLE IF NOT EXISTS lake.kinds (
    digest VARCHAR NOT NULL,
    address BLOB NOT NULL,
    topic0 BLOB NOT NULL
);

CREATE TABLE IF NOT EXISTS lake.undecoded (
    block_number UBIGINT NOT NULL,
    block_hash BLOB NOT NULL,
    log_index UINTEGER NOT NULL,
    tx_index UINTEGER NOT NULL,
    tx_hash BLOB NOT NULL,
    address BLOB NOT NULL,
    event VARCHAR NOT NULL,
    topics BLOB NOT NULL,
    data BLOB NOT NULL,
    reason VARCHAR NOT NULL
);

ALTER TABLE lake.coverage ADD COLUMN IF NOT EXISTS kinds VARCHAR;
