-- Stores a signed transaction of an intent.
INSERT INTO pozk.transactions (hash, raw, intent, max_fee_wei, tip_wei, is_cancel, stored_at)
VALUES (
    %(hash)s, %(raw)s, %(intent)s, %(max_fee_wei)s, %(tip_wei)s, %(is_cancel)s, to_timestamp(%(signed_at)s)
);
