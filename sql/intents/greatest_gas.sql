-- Grain: one row, the most gas that an intent of a purpose ever used.
SELECT coalesce(max(gas_used), 0) FROM pozk.intents WHERE purpose = %(purpose)s;
