-- The settlement journal: what was settled, who is entitled to what, and what was sent to the chain.
CREATE SCHEMA IF NOT EXISTS pozk;

-- Grain: one row a constant that must never change under a journal (chain id, distributor, token, epoch clock).
CREATE TABLE pozk.journal_identity (
    key text PRIMARY KEY,
    value text NOT NULL
);

-- Grain: one row a settled epoch. `report` holds the canonical JSON bytes.
CREATE TABLE pozk.reports (
    epoch bigint PRIMARY KEY CHECK (epoch >= 0),
    report bytea NOT NULL,
    report_hash bytea NOT NULL CHECK (length(report_hash) = 32),
    root bytea NOT NULL CHECK (length(root) = 32),
    stored_at timestamptz NOT NULL DEFAULT now()
);

-- Grain: one row an (account, token): the cumulative amount after the newest settled epoch.
-- `epoch` is the last one that changed it.
CREATE TABLE pozk.entitlements (
    account bytea NOT NULL CHECK (length(account) = 20),
    token bytea NOT NULL CHECK (length(token) = 20),
    cumulative numeric(38, 0) NOT NULL CHECK (cumulative > 0),
    epoch bigint NOT NULL,
    PRIMARY KEY (account, token)
);

-- Grain: one row a signed transaction, written before it is sent, so that a crash can never send a second one.
-- state: signed (fate not known yet), mined, reverted, replaced (its nonce was used by another transaction).
CREATE TABLE pozk.transactions (
    hash bytea PRIMARY KEY CHECK (length(hash) = 32),
    purpose text NOT NULL,
    subject text NOT NULL,
    sender bytea NOT NULL CHECK (length(sender) = 20),
    nonce bigint NOT NULL,
    raw bytea NOT NULL,
    state text NOT NULL DEFAULT 'signed' CHECK (state IN ('signed', 'mined', 'reverted', 'replaced')),
    block_number bigint,
    gas_used bigint,
    stored_at timestamptz NOT NULL DEFAULT now()
);

CREATE UNIQUE INDEX transactions_one_per_nonce ON pozk.transactions (sender, nonce) WHERE state <> 'replaced';
