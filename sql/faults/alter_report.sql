-- One bit of the bytes of one stored report turned over.
UPDATE pozk.reports
SET report = set_bit(report, %(place)s %% (8 * length(report)), 1 - get_bit(report, %(place)s %% (8 * length(report))))
WHERE epoch = (SELECT epoch FROM pozk.reports ORDER BY epoch OFFSET %(place)s %% greatest(1, (SELECT count(*) FROM pozk.reports)) LIMIT 1)
