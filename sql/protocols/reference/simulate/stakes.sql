-- Grain: one row an effective stake of the projected epoch.
SELECT app, account, role::INTEGER AS role, stake::DECIMAL(38, 0) AS stake FROM stakes
