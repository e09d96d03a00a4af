-- What: everything that moved an account's money, in order and with transactions: earned in an epoch (at its end), claimed, fees that
--   it earned as a miner, offered, had rebated or returned as a user, withdrawn and slashed stakes; + is gained, - given. Of a line
--   `stake` the amount is what is more (+) or less (-) at stake, which for less is not paid out before `withdrawn`.
-- Grain: one row an entry of $account.
-- Parameter: account address: whose
-- Plot: bar x=at y=amount_tokens by=kind
WITH earned AS (
    SELECT 'earned' AS kind, c.ends AS seconds, h.epoch, hex_text(h.token) AS token, hex_text(h.app) AS app, h.role::INTEGER AS role,
           h.amount::DECIMAL(38, 0) AS amount, NULL AS task_id, NULL AS block_number, NULL AS log_index, NULL AS tx_hash
    FROM {serve.history
        account = addr($account)
        epoch = 9223372036854775807
        token = ''::BLOB
        app = ''::BLOB
        role = 0
        rows = 9223372036854775807
    } AS h
    LEFT JOIN analytics.epoch_clock AS c ON c.epoch = h.epoch
),
tasks AS MATERIALIZED (
    SELECT market, task_id, app, "user", miner, fee FROM analytics.tasks WHERE "user" = $account OR miner = $account
),
chain AS (
    SELECT 'claimed' AS kind, token, NULL AS app, NULL::INTEGER AS role, amount, NULL AS task_id, block_number, log_index, tx_hash
    FROM analytics.claimed WHERE account = $account
    UNION ALL
    SELECT 'fee earned', network_token(), t.app, 0, f.to_miner, f.task_id, f.block_number, f.log_index, f.tx_hash
    FROM analytics.fee_paid AS f JOIN tasks AS t ON t.market = f.address AND t.task_id = f.task_id
    WHERE t.miner = $account
    UNION ALL
    SELECT 'fee rebated', network_token(), t.app, 1, f.rebated, f.task_id, f.block_number, f.log_index, f.tx_hash
    FROM analytics.fee_paid AS f JOIN tasks AS t ON t.market = f.address AND t.task_id = f.task_id
    WHERE t."user" = $account AND f.rebated > 0
    UNION ALL
    SELECT 'fee offered', network_token(), app, 1, -fee, task_id, block_number, log_index, tx_hash
    FROM analytics.task_posted WHERE "user" = $account
    UNION ALL
    SELECT 'fee returned', network_token(), t.app, 1, t.fee, c.task_id, c.block_number, c.log_index, c.tx_hash
    FROM analytics.task_cancelled AS c JOIN tasks AS t ON t.market = c.address AND t.task_id = c.task_id
    WHERE t."user" = $account
    UNION ALL
    SELECT 'stake', network_token(), app, role, delta, NULL, block_number, log_index, tx_hash
    FROM analytics.stake_changed WHERE account = $account
    UNION ALL
    SELECT 'withdrawn', network_token(), app, role, amount, NULL, block_number, log_index, tx_hash
    FROM analytics.withdrawn WHERE account = $account
    UNION ALL
    SELECT 'slashed', network_token(), app, role, -amount, NULL, block_number, log_index, tx_hash
    FROM analytics.slashed WHERE account = $account
),
lines AS (
    SELECT * FROM earned
    UNION ALL
    SELECT c.kind, b.timestamp::BIGINT, NULL, c.token, c.app, c.role, c.amount, c.task_id, c.block_number, c.log_index, c.tx_hash
    FROM chain AS c
    JOIN lake.blocks AS b ON b.number = c.block_number
)
SELECT as_time(seconds) AS at, kind, epoch, token, app,
       CASE role WHEN 0 THEN 'miner' WHEN 1 THEN 'user' WHEN 2 THEN 'returned' WHEN 3 THEN 'correction' WHEN 4 THEN 'opening' END
           AS role,
       amount, in_tokens(amount, decimals_of(addr(token))) AS amount_tokens, task_id, block_number, log_index, tx_hash
FROM lines
ORDER BY seconds, block_number NULLS FIRST, log_index NULLS FIRST, epoch, token, app, role, kind
