-- Grain: one row an app: 1,000, approved from the start, of all three schemes.
INSERT INTO lake.app_approved BY NAME
SELECT
    0 AS block_number, n AS log_index, 0 AS tx_index, word_of(0) AS tx_hash, address_of(0) AS address,
    address_of(n) AS app, 0 AS from_epoch, n % 3 AS scheme, 1000 + 37 * n AS gates,
    address_of(0) AS verifier, 3600 AS prove_window
FROM range(1000) AS apps(n)
