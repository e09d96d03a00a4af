-- Grain: one row a log of ours of one kind. What stands in braces is ours: the table of a kind and the columns of its arguments.
CREATE TABLE IF NOT EXISTS lake."{table}" (
    block_number UBIGINT NOT NULL,
    log_index UINTEGER NOT NULL,
    tx_index UINTEGER NOT NULL,
    tx_hash BLOB NOT NULL,
    address BLOB NOT NULL,
    {columns}
);
