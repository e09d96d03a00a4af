-- Grain: one row a range of blocks that a worker of `pozk index --worker` has taken, until `pozk index` has committed it.
-- Whoever works on a range holds its row locked, so that the lease ends with its connection.
-- proven_as: by which settings; staged: JSON of the batches in store.data_dir, NULL until the range is complete;
-- evidence: JSON of what nodes said wrongly meanwhile.
CREATE TABLE pozk.ranges (
    from_block bigint PRIMARY KEY CHECK (from_block >= 0),
    to_block bigint NOT NULL CHECK (to_block >= from_block),
    proven_as text NOT NULL,
    staged text,
    evidence text NOT NULL DEFAULT '[]',
    EXCLUDE USING gist (int8range(from_block, to_block, '[]') WITH &&)
);
