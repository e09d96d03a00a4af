-- Grain: the tables that the settlement's steps read, as PostgreSQL has them: bytea, bigint, numeric.
CREATE SCHEMA lake;
CREATE TABLE approvals (app bytea, scheme smallint, gates bigint);
CREATE TABLE alphas (scheme smallint, alpha_milli int);
CREATE TABLE lake.stake_changed (
    block_number bigint, log_index int, app bytea, account bytea, role smallint, delta numeric(38, 0), effective_epoch bigint
);
CREATE TABLE lake.proof_verified (
    block_number bigint, log_index int, tx_index int, tx_hash bytea, address bytea, task_id bytea,
    app bytea, miner bytea, "user" bytea, scheme smallint, gates bigint, epoch bigint
);
CREATE TABLE stake_base (app bytea, account bytea, role smallint, effective_epoch bigint, delta numeric(38, 0));
