-- Grain: one (kind, app, account) of the CSV file $written by PostgreSQL, with the types of the lake.
SELECT kind, unhex(app) AS app, unhex(account) AS account, x, stake
FROM read_csv(
    $written,
    header = false,
    columns = {
        'kind': 'UTINYINT', 'app': 'VARCHAR', 'account': 'VARCHAR', 'x': 'DECIMAL(38, 0)', 'stake': 'DECIMAL(38, 0)'
    }
)
