-- Grain: one row a (miner, block) where the contracts read the miner's vesting amount: its first labor in an (epoch, app).
SELECT DISTINCT account, (spot >> 32)::UBIGINT AS block FROM labors WHERE role = 0 ORDER BY block, account
