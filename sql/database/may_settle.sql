-- Grain: one row, whether this role may write reports and transactions, and whether the server takes writes.
SELECT
    has_table_privilege('pozk.reports', 'INSERT') AND has_table_privilege('pozk.transactions', 'INSERT')
    AND has_table_privilege('pozk.intents', 'INSERT')
    AND current_setting('transaction_read_only') = 'off' AS may_settle;
