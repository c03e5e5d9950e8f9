-- A journal of this form, made by `write_the_newest_form` (stories/form.rs).
PRAGMA application_id = 1936684403;
PRAGMA user_version = 2;
PRAGMA journal_mode = WAL;
BEGIN;
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
CREATE INDEX runs_by_recipe ON runs (recipe, seq);
CREATE INDEX runs_by_state ON runs (state, seq);
CREATE INDEX runs_by_event ON runs (event) WHERE event IS NOT NULL;
CREATE INDEX runs_by_hash ON runs (hash);
CREATE INDEX runs_by_end ON runs (recipe, ended_at) WHERE ended_at IS NOT NULL;
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
CREATE TABLE offers (
    seq   INTEGER PRIMARY KEY AUTOINCREMENT,
    run   INTEGER NOT NULL REFERENCES runs (seq) ON DELETE CASCADE,
    path  TEXT NOT NULL,
    event TEXT NOT NULL
) STRICT;
CREATE INDEX offers_by_run ON offers (run, seq);
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
INSERT INTO recipes VALUES ('h1', 'welcome', 'name: welcome h1
', 1800000000000000000);
INSERT INTO events VALUES (1, '01a212842f0070ab9fb723a2d946e6eb', 'main', 'ghl.ContactCreate', '01a212842f0070ab9fb723a1e390d00f', x'01b1a34bac6baeff237b22666f72223a223031613231323834326630303730616239666237323361316533393064303066227d', 1800000001000000000, NULL);
INSERT INTO events VALUES (2, '01a212842f0472f49698f6dee8a4ce40', 'main', 'ghl.ContactCreate', '01a212842f0472f49698f6ddf6c2e6ce', x'01a81025c46e7702377b22666f72223a223031613231323834326630343732663439363938663664646636633265366365227d', 1800000001000000000, NULL);
INSERT INTO events VALUES (3, '01a212842f0b74eb83560bdfcde058db', 'main', 'ghl.ContactCreate', '01a212842f0b74eb83560bde5e0a3436', x'01d13f80731b2a9def7b22666f72223a223031613231323834326630623734656238333536306264653565306133343336227d', 1800000001000000000, NULL);
INSERT INTO events VALUES (4, '01a212842f1276ab880219219282cc48', 'main', 'ghl.ContactCreate', '01a212842f1276ab880219209301c37d', x'01111090a016ac8a0a7b22666f72223a223031613231323834326631323736616238383032313932303933303163333764227d', 1800000001000000000, NULL);
INSERT INTO events VALUES (5, '01a212842f1e7585aff3f2b35575dec2', 'main', 'ghl.ContactCreate', '01a212842f1e7585aff3f2b209c6d382', x'01500c94759d3a4f847b22666f72223a223031613231323834326631653735383561666633663262323039633664333832227d', 1800000001000000000, NULL);
INSERT INTO events VALUES (6, '01a212842f2771b0b9fcbb662b2781e4', 'main', 'ghl.ContactCreate', '01a212842f2771b0b9fcbb6511b7154a', x'01da403e5d6f58926b7b22666f72223a223031613231323834326632373731623062396663626236353131623731353461227d', 1800000001000000000, NULL);
INSERT INTO events VALUES (7, '01a212842f3772968944108074988582', 'main', 'ghl.ContactCreate', '01a212842f3772968944107fbfbf1d2a', x'016e1026c493edabbb7b22666f72223a223031613231323834326633373732393638393434313037666266626631643261227d', 1800000001000000000, NULL);
INSERT INTO events VALUES (8, '01a212842f3c70e78c6f78eb64780757', 'main', 'ghl.ContactCreate', '01a212842f3b71e5948cebff718113dc', x'018890c2c123f5dbc07b22666f72223a223031613231323834326633623731653539343863656266663731383131336463227d', 1800000001000000000, NULL);
INSERT INTO events VALUES (9, '01a212842f4771be80c22660fa845a5a', 'main', 'ghl.ContactCreate', '01a212842f4771be80c2265f764d087a', x'013564c789bab4341a7b22666f72223a223031613231323834326634373731626538306332323635663736346430383761227d', 1800000001000000000, NULL);
INSERT INTO events VALUES (10, '01a212842f4b75d4ac073b64625474ee', 'main', 'ghl.ContactCreate', 'reply', x'018175b4ef0e42dcd37b2274657874223a22796573227d', 1800000001000000000, NULL);
INSERT INTO events VALUES (11, '01a212842f4f72feb1e8f124aa1aa361', 'main', 'ghl.ContactCreate', 'done', x'01fe179bb1d34e915a7b22666f72223a22646f6e65227d', 1800000001000000000, NULL);
INSERT INTO keys VALUES ('main', 'ghl.ContactCreate', '01a212842f0070ab9fb723a1e390d00f', '01a212842f0070ab9fb723a2d946e6eb', x'31e9ba9c79e716dca8ae50fd6a71620f0bc29d37857ecf0f45b818c4c36d0c87', 1800000001000000000);
INSERT INTO keys VALUES ('main', 'ghl.ContactCreate', '01a212842f0472f49698f6ddf6c2e6ce', '01a212842f0472f49698f6dee8a4ce40', x'a6558d0d53b92e997ea81143877a82cfc467c4f3cd848da6e61049f46e16440a', 1800000001000000000);
INSERT INTO keys VALUES ('main', 'ghl.ContactCreate', '01a212842f0b74eb83560bde5e0a3436', '01a212842f0b74eb83560bdfcde058db', x'1c8fef4065dfbde365bf233ba2741911a4d3a18002d7f027ee1229d04a45ce93', 1800000001000000000);
INSERT INTO keys VALUES ('main', 'ghl.ContactCreate', '01a212842f1276ab880219209301c37d', '01a212842f1276ab880219219282cc48', x'20fc4fab1b9a560410e25ebc2766f46d58cb56aec5850aae90d249792e6bdf78', 1800000001000000000);
INSERT INTO keys VALUES ('main', 'ghl.ContactCreate', '01a212842f1e7585aff3f2b209c6d382', '01a212842f1e7585aff3f2b35575dec2', x'806a3cf6ec06e747d542ff70e3f0f72e924c8d4b331781d245df5c60172479fc', 1800000001000000000);
INSERT INTO keys VALUES ('main', 'ghl.ContactCreate', '01a212842f2771b0b9fcbb6511b7154a', '01a212842f2771b0b9fcbb662b2781e4', x'b157467c92520136d6425d68050ecf476dcc3bc2f4f7cd12663ac63d0e7821e1', 1800000001000000000);
INSERT INTO keys VALUES ('main', 'ghl.ContactCreate', '01a212842f3772968944107fbfbf1d2a', '01a212842f3772968944108074988582', x'f737ed9a77160faa6c8ad0921c4a5ac13afa35f2edf0fbce25f3faaaa8e382c5', 1800000001000000000);
INSERT INTO keys VALUES ('main', 'ghl.ContactCreate', '01a212842f3b71e5948cebff718113dc', '01a212842f3c70e78c6f78eb64780757', x'091f4bdc64c099f72a72cbea7c59ebc48434c59db4ff9a4c5ac6b298c033cbec', 1800000001000000000);
INSERT INTO keys VALUES ('main', 'ghl.ContactCreate', '01a212842f4771be80c2265f764d087a', '01a212842f4771be80c22660fa845a5a', x'4a9b394ee635150717bda470f188dd8bb3639af6cdd1c2ae4855d58307e45625', 1800000001000000000);
INSERT INTO keys VALUES ('main', 'ghl.ContactCreate', 'done', '01a212842f4f72feb1e8f124aa1aa361', x'341f76cf8e756053388ae34483b177706a1fe35852d72ef3546c4caccbe82881', 1800000001000000000);
INSERT INTO keys VALUES ('main', 'ghl.ContactCreate', 'reply', '01a212842f4b75d4ac073b64625474ee', x'1948b0501d9336a933c252de70f93bc107fa80bd54962af458c9d0d9cc71d4b7', 1800000001000000000);
INSERT INTO runs VALUES (1, '01a212842f0070ab9fb723a1e390d00f', '01a212842f0070ab9fb723a2d946e6eb', 'welcome', 'h1', 'trigger', 'main', x'01df2f399e42ad7e027b226f776e6572223a22616e61227d', x'01d1ed1434363729947b226e616d65223a22416e61227d', NULL, 'succeeded', NULL, 0, 0, 'parallel', NULL, NULL, NULL, NULL, NULL, 1, 0, NULL, 1800000001000000000, 1800000002000000000, 1800000003000000000);
INSERT INTO runs VALUES (2, '01a212842f0472f49698f6ddf6c2e6ce', '01a212842f0472f49698f6dee8a4ce40', 'welcome', 'h1', 'trigger', 'main', x'01403ce60730a2ffe77b226f776e6572223a22616e61227d', x'0169492069416ba0da7b226e616d65223a22416e61227d', NULL, 'failed', NULL, 0, 0, 'parallel', NULL, NULL, NULL, NULL, NULL, 1, 0, NULL, 1800000001000000000, 1800000002000000000, 1800000003000000000);
INSERT INTO runs VALUES (3, '01a212842f0b74eb83560bde5e0a3436', '01a212842f0b74eb83560bdfcde058db', 'welcome', 'h1', 'trigger', 'main', x'01be24e427f91d7b7b7b226f776e6572223a22616e61227d', x'0149697663f67b17b37b226e616d65223a22416e61227d', NULL, 'stopped', NULL, 0, 0, 'parallel', NULL, NULL, NULL, NULL, NULL, 1, 0, NULL, 1800000001000000000, 1800000002000000000, 1800000003000000000);
INSERT INTO runs VALUES (4, '01a212842f1276ab880219209301c37d', '01a212842f1276ab880219219282cc48', 'welcome', 'h1', 'trigger', 'main', x'010ba9553712dff6927b226f776e6572223a22616e61227d', NULL, NULL, 'cancelled', 'not wanted', 0, 0, 'parallel', NULL, NULL, NULL, NULL, NULL, 0, 0, NULL, 1800000001000000000, NULL, 1800000004000000000);
INSERT INTO runs VALUES (5, '01a212842f1e7585aff3f2b209c6d382', '01a212842f1e7585aff3f2b35575dec2', 'welcome', 'h1', 'trigger', 'main', x'016578fe62fc178d407b226f776e6572223a22616e61227d', NULL, NULL, 'waiting', NULL, 0, 1, 'parallel', NULL, NULL, NULL, NULL, NULL, 1, 0, NULL, 1800000001000000000, 1800000002000000000, NULL);
INSERT INTO runs VALUES (6, '01a212842f2771b0b9fcbb6511b7154a', '01a212842f2771b0b9fcbb662b2781e4', 'welcome', 'h1', 'trigger', 'main', x'01c501090ed1d7e7787b226f776e6572223a22616e61227d', NULL, NULL, 'waiting', NULL, 1, 1, 'parallel', NULL, NULL, NULL, NULL, NULL, 1, 0, NULL, 1800000001000000000, 1800000002000000000, NULL);
INSERT INTO runs VALUES (7, '01a212842f3772968944107fbfbf1d2a', '01a212842f3772968944108074988582', 'welcome', 'h1', 'trigger', 'main', x'01442a7ce6327b25a97b226f776e6572223a22616e61227d', NULL, NULL, 'needs_attention', NULL, 0, 1, 'parallel', NULL, NULL, NULL, NULL, NULL, 1, 0, NULL, 1800000001000000000, 1800000002000000000, NULL);
INSERT INTO runs VALUES (8, '01a212842f3b71e5948cebff718113dc', '01a212842f3c70e78c6f78eb64780757', 'welcome', 'h1', 'trigger', 'main', x'01c2f419f0129a5f4a7b226f776e6572223a22616e61227d', NULL, NULL, 'running', NULL, 0, 1, 'queue', 'c1', 1, NULL, NULL, NULL, 1, 0, NULL, 1800000001000000000, 1800000002000000000, NULL);
INSERT INTO runs VALUES (9, '01a212842f4771be80c2265f764d087a', '01a212842f4771be80c22660fa845a5a', 'welcome', 'h1', 'trigger', 'main', x'013a2c409ea7f499307b226f776e6572223a22616e61227d', NULL, NULL, 'queued', NULL, 1, 1, 'queue', 'c2', 1, NULL, NULL, NULL, 0, 0, NULL, 1800000001000000000, NULL, NULL);
INSERT INTO effects VALUES (1, 1, 'a', x'01d14e91194eeaaac67b226f7574636f6d65223a22646f6e65222c2276616c7565223a7b226f66223a223031613231323834326630303730616239666237323361316533393064303066227d7d', 1800000003000000000);
INSERT INTO effects VALUES (2, 2, 'a', x'0127f6533a92dc3f167b226f7574636f6d65223a22646f6e65222c2276616c7565223a7b226f66223a223031613231323834326630343732663439363938663664646636633265366365227d7d', 1800000003000000000);
INSERT INTO effects VALUES (3, 3, 'a', x'013f4d57c29a81e5ff7b226f7574636f6d65223a22646f6e65222c2276616c7565223a7b226f66223a223031613231323834326630623734656238333536306264653565306133343336227d7d', 1800000003000000000);
INSERT INTO effects VALUES (4, 8, 'contact', x'01dcb5ceba800015cd7b226f7574636f6d65223a22646f6e65222c2276616c7565223a7b226964223a226331227d7d', 1800000003000000000);
INSERT INTO attempts VALUES (1, 'a', 1, 0, x'016241ef4bf6b763437b226d6574686f64223a22504f5354222c2275726c223a222f612f31227d', 1800000003000000000, 200, x'01c5db02bd2b5d038d7b226f66223a317d', NULL, 12, 1800000003000000000, 0);
INSERT INTO attempts VALUES (2, 'a', 1, 0, x'01c22ad042b25f29547b226d6574686f64223a22504f5354222c2275726c223a222f612f31227d', 1800000003000000000, 200, x'01d010e424ccf57b9e7b226f66223a317d', NULL, 12, 1800000003000000000, 0);
INSERT INTO attempts VALUES (3, 'a', 1, 0, x'01c273d0869031bf0e7b226d6574686f64223a22504f5354222c2275726c223a222f612f31227d', 1800000003000000000, 200, x'015fc30e08fcbdbeee7b226f66223a317d', NULL, 12, 1800000003000000000, 0);
INSERT INTO attempts VALUES (7, 'sms', 1, 0, x'0185fe64cb630adf4c7b226d6574686f64223a22504f5354222c2275726c223a222f736d732f31227d', 1800000003000000000, NULL, NULL, NULL, NULL, NULL, 0);
INSERT INTO attempts VALUES (8, 'note', 1, 0, x'01333d106b072f14f67b226d6574686f64223a22504f5354222c2275726c223a222f6e6f74652f31227d', 1800000003000000000, NULL, NULL, NULL, NULL, NULL, 0);
INSERT INTO waits VALUES (5, 'wait', 1800900000000000000, NULL, NULL, NULL, 1800000003000000000);
INSERT INTO waits VALUES (6, 'reply', NULL, 'ghl.ContactReply', NULL, x'01d5dda5e2d8bbe8167b22636f6e74616374223a226331227d', 1800000003000000000);
INSERT INTO offers VALUES (1, 6, 'reply', '01a212842f4b75d4ac073b64625474ee');
INSERT INTO questions VALUES (1, 7, 'sms', x'01a99cadd3af0492167b226d657373616765223a226e6f626f6479206b6e6f7773227d', 1800000003000000000, NULL, NULL, NULL, NULL, NULL);
INSERT INTO polls VALUES ('main contacts', x'01ddcbbab7d86bb9d67b226166746572223a377d', 1, 1800000005000000000);
INSERT INTO seen VALUES ('main contacts', 'c1', 'f1', 1800000005000000000);
INSERT INTO secrets VALUES ('', 'key-check', 1, x'67eca443b243f7f9', x'b87d00865e6219540bd57d1ec13766e7afb971fe0409f16b', x'8b7e2e92c85848e0f29fa7ae985ca4ca996dd5455faaccaf', 1, 1800000000000000000);
INSERT INTO secrets VALUES ('main', 'oauth', 1, x'67eca443b243f7f9', x'09a7bd8630d19f8f1df919bc2984a04d466f88f0ae520662', x'c25658123b56850c37d7b5e0b44f8aa8d7f1c8082b123e04a1', 1, 1800000005000000000);
INSERT INTO secrets VALUES ('main', 'oauth', 2, x'67eca443b243f7f9', x'bed3275343608aa1514f60ee1c9699fb8d2aff415ec1de9c', x'19d7dbedf800337ceaedd33725c38ad117f6eb4eb437f21cf6', 0, 1800000006000000000);
INSERT INTO leases VALUES ('refresh main', 'task 1', 1800000066000000000);
INSERT INTO audit VALUES (1, 1800000004000000000, 'token:ana', 'run.cancel', '01a212842f1276ab880219209301c37d', 'not wanted');
INSERT INTO audit VALUES (2, 1800000005000000000, 'token:ana', 'connection.secret', 'main', 'oauth');
INSERT INTO counters VALUES ('events.accepted', 11);
INSERT INTO counters VALUES ('runs.succeeded', 1);
INSERT INTO counters VALUES ('runs.failed', 1);
INSERT INTO counters VALUES ('runs.stopped', 1);
COMMIT;
