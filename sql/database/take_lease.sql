-- Grain: one row; from now on, until this transaction ends, whoever removes files sees that snapshot %(snapshot)s is being read.
SELECT pg_advisory_xact_lock_shared(%(kind)s, %(snapshot)s);
