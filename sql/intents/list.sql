-- Grain: one row a signed transaction, with its intent; by nonce and number of the intent, then by when it was signed.
SELECT
    i.id, i.purpose, i.subject, i.sender, i.nonce, i.state, i.block_number, i.gas_used,
    t.hash, t.raw, t.max_fee_wei, t.tip_wei, extract(epoch FROM t.stored_at) AS signed_at, t.is_cancel
FROM pozk.intents AS i
INNER JOIN pozk.transactions AS t ON t.intent = i.id
WHERE
    (%(id)s::bigint IS NULL OR i.id = %(id)s)
    AND (%(sender)s::bytea IS NULL OR i.sender = %(sender)s)
    AND (%(states)s::text [] IS NULL OR i.state = any(%(states)s))
    AND (%(is_final)s::boolean IS NULL OR i.is_final = %(is_final)s)
    AND (
        %(recent)s::bigint IS NULL OR i.state = 'open'
        OR i.opened_at > now() - make_interval(secs => %(recent)s::bigint)
    )
ORDER BY i.nonce, i.id, t.stored_at, t.hash;
