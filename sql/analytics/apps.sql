-- What: the applications, as /v1/apps lists them: terms of the last approval, proofs and work over all time, stakes effective now.
-- Grain: one row an app that was registered or approved, by address.
-- Plot: bar x=app y=proofs
SELECT hex_text(app) AS app, name::VARCHAR AS name, scheme, gates, alpha_milli, approved, proofs, miners, users,
       work::DECIMAL(38, 0) AS work_milli_gates, miner_stake::DECIMAL(38, 0) AS miner_stake,
       in_network_tokens(miner_stake::DECIMAL(38, 0)) AS miner_stake_tokens,
       user_stake::DECIMAL(38, 0) AS user_stake, in_network_tokens(user_stake::DECIMAL(38, 0)) AS user_stake_tokens
FROM {serve.apps
    app = ''::BLOB
    only = ''::BLOB
    rows = 9223372036854775807
}
ORDER BY app
