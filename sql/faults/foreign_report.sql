-- A report more, of an epoch that has not ended: a copy of one that is stored.
INSERT INTO pozk.reports (epoch, report, report_hash, root)
SELECT (SELECT max(epoch) FROM pozk.reports) + 1 + %(place)s %% 3, report, report_hash, root FROM pozk.reports ORDER BY epoch LIMIT 1
