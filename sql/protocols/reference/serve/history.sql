-- Grain: one row an (epoch, token, app, role) in which $account was paid, newest first, after ($epoch, $token, $app, $role).
-- Roles: 0 miner, 1 user, 2 bonus returned, 3 correction, 4 opening balance.
SELECT epoch, token, app, role, amount
FROM settled_amounts
WHERE account = $account AND epoch <= $epoch AND (epoch < $epoch OR (token, app, role) > ($token, $app, $role))
ORDER BY epoch DESC, token, app, role
LIMIT $rows
