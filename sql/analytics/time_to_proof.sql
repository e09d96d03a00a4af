-- What: seconds from the last acceptance of a task to its proof, as an app's page tells them.
-- Grain: one row an app with a proof or a missed deadline.
-- Plot: bar x=app y=median_seconds
SELECT hex_text(app) AS app, proofs, median AS median_seconds, p90 AS p90_seconds, slowest AS slowest_seconds, missed
FROM {serve.app_times
    app = ''::BLOB
    last_app = unhex('ffffffffffffffffffffffffffffffffffffffff')
}
ORDER BY app
