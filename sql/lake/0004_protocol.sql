-- Grain: no row of before is changed: a lake that says of no protocol was filled for the reference network.
INSERT INTO lake.identity
SELECT 'protocol', 'reference'
WHERE EXISTS (SELECT 1 FROM lake.identity) AND NOT EXISTS (SELECT 1 FROM lake.identity WHERE key = 'protocol');
