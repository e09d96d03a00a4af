-- Grain: one row a job of the service: what became of it, so that whoever takes over goes on.
-- state: idle (it did what it should, or never ran), running, failed (tried again from not_before on), frozen (not tried again
-- until an operator says so: `reason` tells why). position: where a job that goes round is.
CREATE TABLE pozk.jobs (
    name text PRIMARY KEY,
    state text NOT NULL DEFAULT 'idle' CHECK (state IN ('idle', 'running', 'failed', 'frozen')),
    reason text NOT NULL DEFAULT '',
    failures integer NOT NULL DEFAULT 0,
    position bigint NOT NULL DEFAULT 0,
    since timestamptz NOT NULL DEFAULT now(),
    started_at timestamptz,
    succeeded_at timestamptz,
    not_before timestamptz
);

-- Grain: one row a measured value: what jobs saw of chain, lake and host, for probes, metrics and `pozk status`.
-- since: when it became what it is.
CREATE TABLE pozk.measured (
    name text PRIMARY KEY,
    value numeric NOT NULL,
    said text NOT NULL DEFAULT '',
    at timestamptz NOT NULL DEFAULT now(),
    since timestamptz NOT NULL DEFAULT now()
);
