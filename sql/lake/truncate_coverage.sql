-- Grain: one row per covered range that reaches over block $number, cut off there.
INSERT INTO lake.coverage BY NAME
SELECT
    from_block,
    $number AS to_block,
    parent_hash,
    from_hash,
    $hash AS to_hash,
    level,
    (SELECT coalesce(sum(our_logs), 0) FROM lake.blocks WHERE number BETWEEN from_block AND $number) AS our_logs,
    (SELECT count(*) FROM lake.quarantine WHERE block_number BETWEEN from_block AND $number) AS quarantined,
    source,
    kinds
FROM lake.coverage
WHERE from_block <= $number AND to_block > $number;
