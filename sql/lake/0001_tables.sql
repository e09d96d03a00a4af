-- Grain: lake.blocks one row per block from start_block on; lake.<event> one row per log of ours of that kind;
-- lake.quarantine one row per log of ours that is in no event table; lake.coverage one row per committed
-- block range (a later audit adds a row); lake.finality one row per block that was seen to be final, the greatest
-- counts, blocks above it may yet be replaced; lake.evidence one row per answer of a node that was shown to be wrong;
-- lake.final_claims one row per block that a node called final before enough others did;
-- lake.identity one row per setting that a lake may not change, and what its start rests on.
-- tx_hash is the word of the node that was asked, at every level: no receipts root holds it, and no rule reads it.
-- Addresses are 20 raw bytes, hashes, roots and task ids 32, amounts base units of at most 38 digits.

CREATE TABLE IF NOT EXISTS lake.identity (
    key VARCHAR NOT NULL,
    value VARCHAR NOT NULL
);

CREATE TABLE IF NOT EXISTS lake.blocks (
    number UBIGINT NOT NULL,
    hash BLOB NOT NULL,
    parent_hash BLOB NOT NULL,
    timestamp UBIGINT NOT NULL,
    our_logs UINTEGER NOT NULL
);

CREATE TABLE IF NOT EXISTS lake.quarantine (
    block_number UBIGINT NOT NULL,
    block_hash BLOB NOT NULL,
    log_index UINTEGER NOT NULL,
    tx_index UINTEGER NOT NULL,
    tx_hash BLOB NOT NULL,
    address BLOB NOT NULL,
    event VARCHAR NOT NULL,
    topics BLOB NOT NULL,
    data BLOB NOT NULL,
    reason VARCHAR NOT NULL
);

CREATE TABLE IF NOT EXISTS lake.app_registered (
    block_number UBIGINT NOT NULL,
    log_index UINTEGER NOT NULL,
    tx_index UINTEGER NOT NULL,
    tx_hash BLOB NOT NULL,
    address BLOB NOT NULL,
    app BLOB NOT NULL,
    owner BLOB NOT NULL,
    scheme UTINYINT NOT NULL,
    gates UBIGINT NOT NULL,
    verifier BLOB NOT NULL,
    prove_window UINTEGER NOT NULL,
    name BLOB NOT NULL
);

CREATE TABLE IF NOT EXISTS lake.app_approved (
    block_number UBIGINT NOT NULL,
    log_index UINTEGER NOT NULL,
    tx_index UINTEGER NOT NULL,
    tx_hash BLOB NOT NULL,
    address BLOB NOT NULL,
    app BLOB NOT NULL,
    from_epoch UBIGINT NOT NULL,
    scheme UTINYINT NOT NULL,
    gates UBIGINT NOT NULL,
    verifier BLOB NOT NULL,
    prove_window UINTEGER NOT NULL
);

CREATE TABLE IF NOT EXISTS lake.app_stopped (
    block_number UBIGINT NOT NULL,
    log_index UINTEGER NOT NULL,
    tx_index UINTEGER NOT NULL,
    tx_hash BLOB NOT NULL,
    address BLOB NOT NULL,
    app BLOB NOT NULL,
    from_epoch UBIGINT NOT NULL
);

CREATE TABLE IF NOT EXISTS lake.stake_changed (
    block_number UBIGINT NOT NULL,
    log_index UINTEGER NOT NULL,
    tx_index UINTEGER NOT NULL,
    tx_hash BLOB NOT NULL,
    address BLOB NOT NULL,
    app BLOB NOT NULL,
    account BLOB NOT NULL,
    role UTINYINT NOT NULL,
    delta DECIMAL(38,0) NOT NULL,
    effective_epoch UBIGINT NOT NULL
);

CREATE TABLE IF NOT EXISTS lake.task_posted (
    block_number UBIGINT NOT NULL,
    log_index UINTEGER NOT NULL,
    tx_index UINTEGER NOT NULL,
    tx_hash BLOB NOT NULL,
    address BLOB NOT NULL,
    task_id BLOB NOT NULL,
    app BLOB NOT NULL,
    user BLOB NOT NULL,
    fee DECIMAL(38,0) NOT NULL,
    inputs BLOB NOT NULL,
    publics BLOB NOT NULL
);

CREATE TABLE IF NOT EXISTS lake.task_accepted (
    block_number UBIGINT NOT NULL,
    log_index UINTEGER NOT NULL,
    tx_index UINTEGER NOT NULL,
    tx_hash BLOB NOT NULL,
    address BLOB NOT NULL,
    task_id BLOB NOT NULL,
    miner BLOB NOT NULL,
    deadline UBIGINT NOT NULL
);

CREATE TABLE IF NOT EXISTS lake.task_cancelled (
    block_number UBIGINT NOT NULL,
    log_index UINTEGER NOT NULL,
    tx_index UINTEGER NOT NULL,
    tx_hash BLOB NOT NULL,
    address BLOB NOT NULL,
    task_id BLOB NOT NULL
);

CREATE TABLE IF NOT EXISTS lake.proof_verified (
    block_number UBIGINT NOT NULL,
    log_index UINTEGER NOT NULL,
    tx_index UINTEGER NOT NULL,
    tx_hash BLOB NOT NULL,
    address BLOB NOT NULL,
    task_id BLOB NOT NULL,
    app BLOB NOT NULL,
    miner BLOB NOT NULL,
    user BLOB NOT NULL,
    scheme UTINYINT NOT NULL,
    gates UBIGINT NOT NULL,
    epoch UBIGINT NOT NULL
);

CREATE TABLE IF NOT EXISTS lake.weights_set (
    block_number UBIGINT NOT NULL,
    log_index UINTEGER NOT NULL,
    tx_index UINTEGER NOT NULL,
    tx_hash BLOB NOT NULL,
    address BLOB NOT NULL,
    from_epoch UBIGINT NOT NULL,
    a USMALLINT NOT NULL,
    b USMALLINT NOT NULL,
    c USMALLINT NOT NULL,
    d USMALLINT NOT NULL,
    usage_unit DECIMAL(38,0) NOT NULL
);

CREATE TABLE IF NOT EXISTS lake.scheme_weight_set (
    block_number UBIGINT NOT NULL,
    log_index UINTEGER NOT NULL,
    tx_index UINTEGER NOT NULL,
    tx_hash BLOB NOT NULL,
    address BLOB NOT NULL,
    from_epoch UBIGINT NOT NULL,
    scheme UTINYINT NOT NULL,
    alpha_milli UINTEGER NOT NULL
);

CREATE TABLE IF NOT EXISTS lake.emission_set (
    block_number UBIGINT NOT NULL,
    log_index UINTEGER NOT NULL,
    tx_index UINTEGER NOT NULL,
    tx_hash BLOB NOT NULL,
    address BLOB NOT NULL,
    from_epoch UBIGINT NOT NULL,
    amount DECIMAL(38,0) NOT NULL
);

CREATE TABLE IF NOT EXISTS lake.ruleset_set (
    block_number UBIGINT NOT NULL,
    log_index UINTEGER NOT NULL,
    tx_index UINTEGER NOT NULL,
    tx_hash BLOB NOT NULL,
    address BLOB NOT NULL,
    from_epoch UBIGINT NOT NULL,
    ruleset BLOB NOT NULL,
    residual UTINYINT NOT NULL
);

CREATE TABLE IF NOT EXISTS lake.quarantine_decided (
    block_number UBIGINT NOT NULL,
    log_index UINTEGER NOT NULL,
    tx_index UINTEGER NOT NULL,
    tx_hash BLOB NOT NULL,
    address BLOB NOT NULL,
    decided_block_hash BLOB NOT NULL,
    decided_log_index UINTEGER NOT NULL,
    decision UTINYINT NOT NULL
);

CREATE TABLE IF NOT EXISTS lake.correction_added (
    block_number UBIGINT NOT NULL,
    log_index UINTEGER NOT NULL,
    tx_index UINTEGER NOT NULL,
    tx_hash BLOB NOT NULL,
    address BLOB NOT NULL,
    epoch UBIGINT NOT NULL,
    account BLOB NOT NULL,
    token BLOB NOT NULL,
    amount DECIMAL(38,0) NOT NULL
);

CREATE TABLE IF NOT EXISTS lake.bonus_deposited (
    block_number UBIGINT NOT NULL,
    log_index UINTEGER NOT NULL,
    tx_index UINTEGER NOT NULL,
    tx_hash BLOB NOT NULL,
    address BLOB NOT NULL,
    app BLOB NOT NULL,
    epoch UBIGINT NOT NULL,
    token BLOB NOT NULL,
    amount DECIMAL(38,0) NOT NULL,
    from_account BLOB NOT NULL
);

CREATE TABLE IF NOT EXISTS lake.report_voted (
    block_number UBIGINT NOT NULL,
    log_index UINTEGER NOT NULL,
    tx_index UINTEGER NOT NULL,
    tx_hash BLOB NOT NULL,
    address BLOB NOT NULL,
    epoch UBIGINT NOT NULL,
    oracle BLOB NOT NULL,
    report_hash BLOB NOT NULL,
    root BLOB NOT NULL
);

CREATE TABLE IF NOT EXISTS lake.root_proposed (
    block_number UBIGINT NOT NULL,
    log_index UINTEGER NOT NULL,
    tx_index UINTEGER NOT NULL,
    tx_hash BLOB NOT NULL,
    address BLOB NOT NULL,
    epoch UBIGINT NOT NULL,
    root BLOB NOT NULL,
    report_hash BLOB NOT NULL,
    active_at UBIGINT NOT NULL
);

CREATE TABLE IF NOT EXISTS lake.root_vetoed (
    block_number UBIGINT NOT NULL,
    log_index UINTEGER NOT NULL,
    tx_index UINTEGER NOT NULL,
    tx_hash BLOB NOT NULL,
    address BLOB NOT NULL,
    epoch UBIGINT NOT NULL,
    root BLOB NOT NULL,
    by_account BLOB NOT NULL
);

CREATE TABLE IF NOT EXISTS lake.claimed (
    block_number UBIGINT NOT NULL,
    log_index UINTEGER NOT NULL,
    tx_index UINTEGER NOT NULL,
    tx_hash BLOB NOT NULL,
    address BLOB NOT NULL,
    account BLOB NOT NULL,
    token BLOB NOT NULL,
    amount DECIMAL(38,0) NOT NULL,
    cumulative DECIMAL(38,0) NOT NULL,
    to_account BLOB NOT NULL
);

CREATE TABLE IF NOT EXISTS lake.coverage (
    from_block UBIGINT NOT NULL,
    to_block UBIGINT NOT NULL,
    parent_hash BLOB NOT NULL,
    from_hash BLOB NOT NULL,
    to_hash BLOB NOT NULL,
    level VARCHAR NOT NULL,
    our_logs UBIGINT NOT NULL,
    quarantined UBIGINT NOT NULL,
    source VARCHAR NOT NULL
);

CREATE TABLE IF NOT EXISTS lake.finality (
    number UBIGINT NOT NULL,
    hash BLOB NOT NULL
);

CREATE TABLE IF NOT EXISTS lake.evidence (
    block_number UBIGINT,
    node VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    said VARCHAR NOT NULL
);

CREATE TABLE IF NOT EXISTS lake.final_claims (
    node VARCHAR NOT NULL,
    number UBIGINT NOT NULL,
    hash BLOB NOT NULL
);
