-- Grain: one row an (epoch, app) with labor: the app's work as the contracts read it at its first labor of the epoch.
-- What they keep is (value, new, from): registered 0, work, 0; an upgrade makes new the value where it is in force, sets
-- new and leaves from to the approval; a rejection makes the value new. Read: new where the epoch >= from, else value.
WITH RECURSIVE changes AS (
    SELECT prover AS app, block_number, log_index, 'register' AS what, work, 0::UBIGINT AS from_epoch, true AS approved
    FROM lake.register_prover
    WHERE block_number <= $finalized
    UNION ALL
    SELECT prover, block_number, log_index, 'upgrade', work, 18446744073709551615, true
    FROM lake.upgrade_prover
    WHERE block_number <= $finalized
    UNION ALL
    SELECT prover, block_number, log_index, 'approve', work, epoch::UBIGINT, approved
    FROM lake.approve_prover
    WHERE block_number <= $finalized
),
dated AS (
    SELECT
        app, block_number::HUGEINT * 4294967296 + log_index AS spot, what, work, from_epoch, approved,
        row_number() OVER (PARTITION BY app ORDER BY block_number, log_index) AS place
    FROM changes
),
placed AS (
    SELECT d.*, coalesce(e.epoch, 0) AS current
    FROM dated AS d
    ASOF LEFT JOIN epoch_starts AS e ON d.spot >= e.spot
),
states AS (
    SELECT app, place, spot, 0::DECIMAL(38, 0) AS value, work AS new, from_epoch
    FROM placed
    WHERE place = 1
    UNION ALL
    SELECT
        p.app, p.place, p.spot,
        CASE
            WHEN p.what = 'register' THEN 0::DECIMAL(38, 0)
            WHEN p.what = 'upgrade' AND p.current >= s.from_epoch THEN s.new
            ELSE s.value
        END,
        CASE WHEN p.what <> 'approve' THEN p.work WHEN p.approved THEN s.new ELSE s.value END,
        p.from_epoch
    FROM states AS s
    JOIN placed AS p ON p.app = s.app AND p.place = s.place + 1
),
firsts AS (SELECT epoch, app, min(spot) AS spot FROM labors GROUP BY epoch, app)
SELECT f.epoch, f.app, coalesce(CASE WHEN f.epoch >= s.from_epoch THEN s.new ELSE s.value END, 0) AS work
FROM firsts AS f
ASOF LEFT JOIN states AS s ON s.app = f.app AND f.spot >= s.spot
