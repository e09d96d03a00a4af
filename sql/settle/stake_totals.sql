-- Grain: one row: total_app_staking (users, all apps) and total_staking (both roles, all apps). A sum of DECIMAL(38, 0)
-- may reach 1.7 x 10^38; the cast through HUGEINT refuses what is above 10^38 - 1, and no single stake is above the sum.
SELECT
    coalesce(sum(stake) FILTER (role = 1), 0)::HUGEINT::DECIMAL(38, 0) AS total_app_staking,
    coalesce(sum(stake), 0)::HUGEINT::DECIMAL(38, 0) AS total_staking
FROM stakes
