-- Grain: one row. The blocks around $epoch, which runs from its NewEpoch to the log before the next one: the block of that
-- one, where it may go on, closes it; NULL where there is none.
WITH begun AS (SELECT min(block_number) AS number FROM lake.new_epoch WHERE height = $epoch AND block_number <= $finalized),
ended AS (SELECT min(block_number) AS number FROM lake.new_epoch WHERE height = $epoch + 1 AND block_number <= $finalized)
SELECT
    max(b.number) FILTER (WHERE b.number < begun.number) AS before_number,
    max_by(b.hash, b.number) FILTER (WHERE b.number < begun.number) AS before_hash,
    min(b.number) FILTER (WHERE b.number >= begun.number) AS opening_number,
    min_by(b.hash, b.number) FILTER (WHERE b.number >= begun.number) AS opening_hash,
    max(b.number) FILTER (WHERE b.number <= ended.number) AS closing_number,
    max_by(b.hash, b.number) FILTER (WHERE b.number <= ended.number) AS closing_hash,
    min(b.number) FILTER (WHERE b.number >= ended.number) AS after_number,
    min_by(b.hash, b.number) FILTER (WHERE b.number >= ended.number) AS after_hash
FROM lake.blocks AS b
CROSS JOIN begun
CROSS JOIN ended
WHERE b.number <= $finalized AND b.number + 1 >= begun.number AND b.number <= coalesce(ended.number, $finalized)
