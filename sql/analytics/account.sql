-- What: what an account is paid, amount by amount.
-- Grain: one row an (epoch, token, app, role) in which $account is paid: 0 miner, 1 user, 2 bonus returned, 3 correction,
--   4 opening balance.
-- Parameter: account address: whose
-- Plot: bar x=epoch y=amount_tokens by=role
SELECT epoch, token, app, role, amount, amount_tokens
FROM analytics.settled_amounts
WHERE account = lower($account)
ORDER BY epoch, token, app, role
