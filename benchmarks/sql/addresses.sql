-- Grain: one row a number that has an address: the apps, then the accounts. Hashing each once is what filling costs.
CREATE OR REPLACE TEMP TABLE addresses AS
SELECT n AS number, address_of(n) AS address FROM range(1000 + $accounts::BIGINT) AS numbers(n)
