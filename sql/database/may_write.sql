-- Grain: one row, whether this role may create what is missing in this database, and whether the server takes writes.
SELECT
    has_database_privilege(current_database(), 'CREATE') AS may_create,
    current_setting('transaction_read_only') = 'off' AS takes_writes;
