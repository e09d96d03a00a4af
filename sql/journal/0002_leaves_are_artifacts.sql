-- Entitlements are read from the leaves of the newest settled epoch, whose digest is in its report. A second copy here
-- cost an upsert of every paid account an epoch and a read of every account at the next start.
DROP TABLE pozk.entitlements;
