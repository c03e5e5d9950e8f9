-- The journal's first form. Moments are whole nanoseconds since 1970. BLOBs of JSON begin with a checksum (blob.rs).

CREATE TABLE recipes (
    hash       TEXT PRIMARY KEY,
    name       TEXT NOT NULL,
    text       TEXT NOT NULL,
    kept_at    INTEGER NOT NULL
) STRICT;
CREATE INDEX recipes_by_name ON recipes (name, kept_at);

CREATE TABLE events (
    seq         INTEGER PRIMARY KEY AUTOINCREMENT,
    id          TEXT NOT NULL UNIQUE,
    connection  TEXT NOT NULL,             -- '' where it belongs to none
    source      TEXT NOT NULL,             -- the webhook's event, the poll, the schedule, 'manual'
    dedupe_key  TEXT,
    body        BLOB NOT NULL,
    received_at INTEGER NOT NULL,
    differs_from TEXT                      -- another event of the same key with another body
) STRICT;
CREATE INDEX events_by_time ON events (received_at);

-- Which keys were seen. It outlives the events.
CREATE TABLE keys (
    connection  TEXT NOT NULL,
    source      TEXT NOT NULL,
    dedupe_key  TEXT NOT NULL,
    event       TEXT NOT NULL,
    fingerprint BLOB NOT NULL,
    seen_at     INTEGER NOT NULL,
    PRIMARY KEY (connection, source, dedupe_key)
) STRICT, WITHOUT ROWID;
CREATE INDEX keys_by_time ON keys (seen_at);

CREATE TABLE runs (
    seq          INTEGER PRIMARY KEY AUTOINCREMENT,   -- the order in which they were accepted
    id           TEXT NOT NULL UNIQUE,
    event        TEXT,                                -- null for the runs of other runs
    recipe       TEXT NOT NULL,
    hash         TEXT NOT NULL REFERENCES recipes (hash),
    trigger_id   TEXT NOT NULL,
    connection   TEXT NOT NULL,
    inputs       BLOB NOT NULL,
    fields       BLOB,
    result       BLOB,
    state        TEXT NOT NULL,
    reason       TEXT,
    ready        INTEGER NOT NULL,                    -- a driver should take it
    holds        INTEGER NOT NULL,                    -- it has its place in its group; 0: it waits for one
    mode         TEXT NOT NULL,
    group_key    TEXT,                                -- with the recipe's name: the runs that may not overlap
    group_limit  INTEGER,
    parent       INTEGER REFERENCES runs (seq) ON DELETE SET NULL,
    parent_path  TEXT,
    replay_of    TEXT,
    claims       INTEGER NOT NULL DEFAULT 0,          -- how often a driver took it: the latest is the one it belongs to
    stumbles     INTEGER NOT NULL DEFAULT 0,          -- how often since anything was recorded
    cancel       TEXT,                                -- asked to be cancelled: why
    accepted_at  INTEGER NOT NULL,
    started_at   INTEGER,
    ended_at     INTEGER
) STRICT;
CREATE UNIQUE INDEX runs_by_parent ON runs (parent, parent_path) WHERE parent IS NOT NULL;
CREATE INDEX runs_ready ON runs (seq) WHERE ready = 1;
CREATE INDEX runs_open_by_group ON runs (recipe, group_key, holds, seq) WHERE group_key IS NOT NULL AND ended_at IS NULL;
CREATE INDEX runs_open ON runs (state) WHERE ended_at IS NULL;
CREATE INDEX runs_by_recipe ON runs (recipe, seq);
CREATE INDEX runs_by_state ON runs (state, seq);
CREATE INDEX runs_by_event ON runs (event) WHERE event IS NOT NULL;
CREATE INDEX runs_by_hash ON runs (hash);
CREATE INDEX runs_by_end ON runs (recipe, ended_at) WHERE ended_at IS NOT NULL;

-- What the interpreter was fed, in the order in which it was.
CREATE TABLE effects (
    seq     INTEGER PRIMARY KEY AUTOINCREMENT,
    run     INTEGER NOT NULL REFERENCES runs (seq) ON DELETE CASCADE,
    path    TEXT NOT NULL,
    outcome BLOB NOT NULL,
    at      INTEGER NOT NULL,
    UNIQUE (run, path)
) STRICT;

CREATE TABLE steps (
    seq       INTEGER PRIMARY KEY,                    -- the order in which they began
    run       INTEGER NOT NULL REFERENCES runs (seq) ON DELETE CASCADE,
    path      TEXT NOT NULL,
    id        TEXT,
    title     TEXT NOT NULL,
    word      TEXT NOT NULL,
    operation TEXT,
    depth     INTEGER NOT NULL,
    label     TEXT,
    outcome   TEXT NOT NULL,
    reason    TEXT,
    result    BLOB,
    failure   BLOB,
    handled   INTEGER NOT NULL,
    began_at  INTEGER NOT NULL,
    ended_at  INTEGER,
    UNIQUE (run, path)
) STRICT;

CREATE TABLE attempts (
    run      INTEGER NOT NULL REFERENCES runs (seq) ON DELETE CASCADE,
    path     TEXT NOT NULL,
    number   INTEGER NOT NULL,
    looking  INTEGER NOT NULL,                        -- looks whether the thing is there, before a repeat
    request  BLOB NOT NULL,
    began_at INTEGER NOT NULL,
    status   INTEGER,
    response BLOB,
    error    TEXT,
    ms       INTEGER,
    ended_at INTEGER,
    late     INTEGER NOT NULL DEFAULT 0,              -- its answer came after the step had gone on
    PRIMARY KEY (run, path, number)
) STRICT;

CREATE TABLE waits (
    run        INTEGER NOT NULL REFERENCES runs (seq) ON DELETE CASCADE,
    path       TEXT NOT NULL,
    due        INTEGER,
    event      TEXT,
    event_path TEXT,
    condition  BLOB,
    since      INTEGER NOT NULL,
    PRIMARY KEY (run, path)
) STRICT;
CREATE INDEX waits_by_due ON waits (due) WHERE due IS NOT NULL;
CREATE INDEX waits_by_event ON waits (event, event_path) WHERE event IS NOT NULL;

-- Events that a waiting run has still to look at.
CREATE TABLE offers (
    seq   INTEGER PRIMARY KEY AUTOINCREMENT,
    run   INTEGER NOT NULL REFERENCES runs (seq) ON DELETE CASCADE,
    path  TEXT NOT NULL,
    event TEXT NOT NULL
) STRICT;
CREATE INDEX offers_by_run ON offers (run, seq);

-- Calls of which nobody knows whether they happened, and what people said.
CREATE TABLE questions (
    seq         INTEGER PRIMARY KEY AUTOINCREMENT,
    run         INTEGER NOT NULL REFERENCES runs (seq) ON DELETE CASCADE,
    path        TEXT NOT NULL,
    failure     BLOB NOT NULL,
    asked_at    INTEGER NOT NULL,
    answer      TEXT,
    value       BLOB,
    by          TEXT,
    answered_at INTEGER,
    after       INTEGER                               -- 'again': attempts up to this one were before the answer
) STRICT;
CREATE INDEX questions_by_run ON questions (run, path);
CREATE UNIQUE INDEX questions_open ON questions (run, path) WHERE answered_at IS NULL;
CREATE INDEX questions_by_time ON questions (asked_at) WHERE answered_at IS NULL;

CREATE TABLE polls (
    key     TEXT PRIMARY KEY,
    cursor  BLOB,
    version INTEGER NOT NULL,
    at      INTEGER NOT NULL
) STRICT;
CREATE TABLE seen (
    poll        TEXT NOT NULL REFERENCES polls (key) ON DELETE CASCADE,
    item        TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    last_seen   INTEGER NOT NULL,
    PRIMARY KEY (poll, item)
) STRICT, WITHOUT ROWID;
CREATE INDEX seen_by_time ON seen (poll, last_seen);

CREATE TABLE schedules (
    key     TEXT PRIMARY KEY,
    instant INTEGER NOT NULL
) STRICT;
CREATE TABLE missed (
    schedule TEXT NOT NULL,
    instant  INTEGER NOT NULL,
    noted_at INTEGER NOT NULL,
    PRIMARY KEY (schedule, instant)
) STRICT, WITHOUT ROWID;

CREATE TABLE secrets (
    connection TEXT NOT NULL,
    field      TEXT NOT NULL,
    version    INTEGER NOT NULL,
    key_id     BLOB NOT NULL,
    nonce      BLOB NOT NULL,
    sealed     BLOB NOT NULL,
    confirmed  INTEGER NOT NULL,
    at         INTEGER NOT NULL,
    PRIMARY KEY (connection, field, version)
) STRICT;
CREATE TABLE leases (
    name  TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    until INTEGER NOT NULL
) STRICT;

CREATE TABLE audit (
    seq    INTEGER PRIMARY KEY AUTOINCREMENT,
    at     INTEGER NOT NULL,
    who    TEXT NOT NULL,
    what   TEXT NOT NULL,
    target TEXT NOT NULL,
    detail TEXT
) STRICT;
CREATE INDEX audit_by_target ON audit (target, seq);
CREATE INDEX audit_by_time ON audit (at);

CREATE TABLE counters (
    name  TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT;
