-- What: what a miner proves in an hour, and the node that it suggests. Hours are those of the epochs in which it proved; busy
--   ones lie between acceptance and proof, task by task. The network's documents print proving times of six circuits on 4 and
--   on 96 cores: the least work a second among them, 6968 and 119389 gates x alpha, are where these tiers begin, and a straight
--   line between them gives the others. A miner that takes tasks ahead of time looks smaller than it is.
-- Grain: one row a miner with a proof in epochs $from_epoch to $to_epoch, the most work first.
-- Parameter: from_epoch epoch = 0: the first epoch that counts
-- Parameter: to_epoch epoch = newest: the last one
-- Plot: bar x=miner y=gates_per_hour
WITH alphas AS (
    SELECT scheme, from_epoch, max_by(alpha_milli, (block_number, log_index)) AS alpha_milli
    FROM analytics.scheme_weight_set GROUP BY scheme, from_epoch
),
proven AS (
    SELECT t.miner, t.proven_in, t.gates::HUGEINT AS gates, greatest(t.proven_at - t.accepted_at, 0) AS seconds,
           t.gates::HUGEINT * coalesce(a.alpha_milli, 0) AS work
    FROM analytics.tasks AS t
    ASOF LEFT JOIN alphas AS a ON a.scheme = t.scheme AND t.proven_in >= a.from_epoch
    WHERE t.proven_in BETWEEN $from_epoch AND $to_epoch
),
summed AS (
    SELECT miner, count(*) AS proofs, count(DISTINCT proven_in) AS epochs, total_of(gates) AS gates, total_of(work) AS work,
           coalesce(sum(seconds), 0)::BIGINT AS busy_seconds
    FROM proven GROUP BY miner
),
length AS (SELECT max(ends - starts)::HUGEINT AS seconds FROM analytics.epoch_clock),
tiers(tier, place, work_per_second) AS (
    VALUES ('4 cores', 1, 6968), ('8 cores', 2, 11856), ('16 cores', 3, 21632), ('32 cores', 4, 41183),
           ('64 cores', 5, 80287), ('96 cores or more', 6, 119389)
)
SELECT s.miner, s.proofs, s.epochs, s.gates, s.work AS work_milli_gates, s.busy_seconds,
       ratio(s.proofs::HUGEINT * 3600, s.epochs * l.seconds) AS proofs_per_hour,
       ratio(s.gates * 3600, s.epochs * l.seconds) AS gates_per_hour,
       ratio(s.gates * 3600, s.busy_seconds) AS gates_per_busy_hour,
       CASE WHEN s.busy_seconds = 0 THEN 'too fast to tell'
            ELSE coalesce((SELECT max_by(tier, place) FROM tiers AS t
                           WHERE s.work >= t.work_per_second::HUGEINT * 1000 * s.busy_seconds), 'fewer than 4 cores')
       END AS suggested_node
FROM summed AS s
CROSS JOIN length AS l
ORDER BY s.work DESC, s.miner
