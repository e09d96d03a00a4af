-- What: whom the emission paid most: miners, users or apps, with their proofs, as /v1/leaderboards ranks them.
-- Grain: one row an account, or an app, that was paid in epochs $from_epoch to $to_epoch.
-- Parameter: board miners|users|apps = miners: who is ranked
-- Parameter: from_epoch epoch = 0: the first epoch that counts
-- Parameter: to_epoch epoch = newest: the last one
-- Parameter: rows count = 100: how many are shown
-- Plot: bar x=account y=amount_tokens
WITH leaders AS (
    SELECT key, amount FROM {serve.leaders
        by_app = $board = 'apps'
        role = CASE WHEN $board = 'users' THEN 1 ELSE 0 END
        low = $from_epoch
        high = $to_epoch
        amount = '99999999999999999999999999999999999999'
        key = ''::BLOB
    }
),
proofs AS (
    SELECT key, proofs FROM {serve.leader_proofs
        by_app = $board = 'apps'
        role = CASE WHEN $board = 'users' THEN 1 ELSE 0 END
        low = $from_epoch
        high = $to_epoch
        keys = (SELECT list(key) FROM leaders)
    }
)
SELECT row_number() OVER (ORDER BY l.amount DESC, l.key) AS rank, hex_text(l.key) AS account, l.amount,
       in_network_tokens(l.amount) AS amount_tokens, coalesce(p.proofs, 0) AS proofs
FROM leaders AS l
LEFT JOIN proofs AS p ON p.key = l.key
ORDER BY rank
