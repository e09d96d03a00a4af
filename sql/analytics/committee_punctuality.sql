-- What: how punctual and how agreed the oracles of the committee are: votes, last words of dissent, epochs without a vote, and seconds
--   from an epoch's end to the vote that stands. Whoever came later is not asked about the epochs before its first vote.
-- Grain: one row an oracle that ever voted or dissented.
-- Parameter: from_epoch epoch = 0: the first epoch that counts
-- Parameter: to_epoch epoch = newest: the last one
-- Plot: bar x=oracle y=median_seconds
WITH roots AS (
    SELECT epoch, report_hash FROM {serve.roots
        low = $from_epoch
        high = $to_epoch
    }
),
votes AS (
    SELECT v.epoch, v.oracle, v.report_hash, b.timestamp::BIGINT - c.ends AS seconds
    FROM {serve.votes
        low = $from_epoch
        high = $to_epoch
    } AS v
    JOIN lake.blocks AS b ON b.number = v.block_number
    LEFT JOIN analytics.epoch_clock AS c ON c.epoch = v.epoch
),
dissents AS (
    SELECT epoch, oracle FROM {serve.dissents
        low = $from_epoch
        high = $to_epoch
    }
),
oracles AS (
    SELECT oracle, min(epoch) AS since FROM (SELECT oracle, epoch FROM votes UNION ALL SELECT oracle, epoch FROM dissents) AS said
    GROUP BY oracle
),
cast_votes AS (
    SELECT oracle, count(*) AS votes, min(seconds) AS fastest_seconds, quantile_disc(seconds, 0.5) AS median_seconds,
           max(seconds) AS slowest_seconds
    FROM votes GROUP BY oracle
),
absent AS (
    SELECT o.oracle, count(*) AS missed
    FROM oracles AS o
    JOIN roots AS r ON r.epoch >= o.since
    ANTI JOIN votes AS v ON v.oracle = o.oracle AND v.epoch = r.epoch
    GROUP BY o.oracle
)
SELECT hex_text(o.oracle) AS oracle, o.since AS since_epoch, coalesce(c.votes, 0) AS votes, coalesce(m.missed, 0) AS missed,
       coalesce(a.dissents, 0) AS dissents, c.fastest_seconds, c.median_seconds, c.slowest_seconds,
       ratio(coalesce(c.votes, 0), coalesce(c.votes, 0) + coalesce(m.missed, 0)) AS voted_ratio
FROM oracles AS o
LEFT JOIN cast_votes AS c ON c.oracle = o.oracle
LEFT JOIN absent AS m ON m.oracle = o.oracle
LEFT JOIN {serve.against} AS a ON a.oracle = o.oracle
ORDER BY oracle
