-- Grain: one row per setting of this transaction by which the server notices within half a minute that a machine is gone.
SELECT set_config(name, value, true)
FROM (VALUES ('tcp_keepalives_idle', '10'), ('tcp_keepalives_interval', '5'), ('tcp_keepalives_count', '3')) AS s (name, value);
