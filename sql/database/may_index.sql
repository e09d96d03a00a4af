-- Grain: one row, whether this role may commit to the catalog (or create it), and the server takes writes.
SELECT
    current_setting('transaction_read_only') = 'off'
    AND coalesce(
        has_table_privilege(to_regclass('lake.ducklake_snapshot'), 'INSERT'),
        has_database_privilege(current_database(), 'CREATE')
    ) AS may_index;
