-- Portable: DuckDB and Spark read it alike.
-- Grain: no row: the columns of the sums that an epoch begins with where none were kept (else sql/protocols/reference/kept_stakes).
SELECT app, account, role, effective_epoch, delta FROM lake.stake_changed WHERE false
