-- Grain: no row: nobody has a vesting amount.
SELECT ''::BLOB AS account, 0 AS block WHERE false
