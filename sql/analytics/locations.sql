-- What: where reports and their tables are to be had.
-- Grain: one row a word of a committee member about where a report and its tables can be had: the epoch, the report's hash, the
--   member, the location, where it stands, and whether it is the report that was proposed last for the epoch (NULL where none
--   was). Nothing rests on it: whoever fetches a bundle verifies it.
WITH proposed AS (
    SELECT epoch, arg_max(report_hash, (block_number, log_index)) AS report_hash
    FROM analytics.root_proposed
    GROUP BY epoch
)
SELECT l.epoch, l.report_hash, l.by_account AS member, l.location, l.block_number, l.log_index,
       l.report_hash = p.report_hash AS is_proposed
FROM analytics.report_located AS l
LEFT JOIN proposed AS p ON p.epoch = l.epoch
ORDER BY l.epoch, l.block_number, l.log_index
