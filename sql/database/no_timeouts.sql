-- Grain: one row per timeout that would end an idle transaction; it is switched off for this one.
SELECT set_config(name, '0', true)
FROM pg_settings
WHERE name IN ('idle_in_transaction_session_timeout', 'transaction_timeout', 'idle_session_timeout');
