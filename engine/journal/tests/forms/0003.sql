-- A journal of this form, made by `write_the_newest_form` (stories/form.rs).
PRAGMA application_id = 1936684403;
PRAGMA user_version = 3;
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
CREATE INDEX runs_by_event ON runs (event) WHERE event IS NOT NULL;
CREATE INDEX runs_by_hash ON runs (hash);
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
CREATE INDEX runs_by_state ON runs (state, seq) WHERE state <> 'succeeded';
INSERT INTO recipes VALUES ('h1', 'welcome', 'name: welcome h1
', 1800000000000000000);
INSERT INTO events VALUES (1, '01a213f0d097754dafcda5e5661b9931', 'main', 'ghl.ContactCreate', '01a213f0d097754dafcda5e4a46a3376', x'01d08e1c393899d31f7b22666f72223a223031613231336630643039373735346461666364613565346134366133333736227d', 1800000001000000000, NULL);
INSERT INTO events VALUES (2, '01a213f0d10373d7a8207cdd899cf669', 'main', 'ghl.ContactCreate', '01a213f0d10373d7a8207cdc21f5a2f2', x'0127b9bc0fb43052777b22666f72223a223031613231336630643130333733643761383230376364633231663561326632227d', 1800000001000000000, NULL);
INSERT INTO events VALUES (3, '01a213f0d134704f97a0c92017d4504a', 'main', 'ghl.ContactCreate', '01a213f0d134704f97a0c91f3aa06d7f', x'012965b38d7353f6077b22666f72223a223031613231336630643133343730346639376130633931663361613036643766227d', 1800000001000000000, NULL);
INSERT INTO events VALUES (4, '01a213f0d1547679a5bbd830c0ceef31', 'main', 'ghl.ContactCreate', '01a213f0d1547679a5bbd82f68351904', x'01c31b3df87388716e7b22666f72223a223031613231336630643135343736373961356262643832663638333531393034227d', 1800000001000000000, NULL);
INSERT INTO events VALUES (5, '01a213f0d163777694c318c2de4bcb07', 'main', 'ghl.ContactCreate', '01a213f0d163777694c318c126ef08db', x'010911ed68e5fb03d57b22666f72223a223031613231336630643136333737373639346333313863313236656630386462227d', 1800000001000000000, NULL);
INSERT INTO events VALUES (6, '01a213f0d16b716998dca5103dbbe299', 'main', 'ghl.ContactCreate', '01a213f0d16b716998dca50fa431103c', x'01bcf09a17a4b0d2ee7b22666f72223a223031613231336630643136623731363939386463613530666134333131303363227d', 1800000001000000000, NULL);
INSERT INTO events VALUES (7, '01a213f0d17b70bdaa8ad084c9ae7c50', 'main', 'ghl.ContactCreate', '01a213f0d17b70bdaa8ad0838dd6e41b', x'01f02d89aa8268fa337b22666f72223a223031613231336630643137623730626461613861643038333864643665343162227d', 1800000001000000000, NULL);
INSERT INTO events VALUES (8, '01a213f0d184754eaea1b5e4e8e5b20b', 'main', 'ghl.ContactCreate', '01a213f0d184754eaea1b5e3b4e63410', x'01444934948ed903537b22666f72223a223031613231336630643138343735346561656131623565336234653633343130227d', 1800000001000000000, NULL);
INSERT INTO events VALUES (9, '01a213f0d1b075798704806e3bfc4d6b', 'main', 'ghl.ContactCreate', '01a213f0d1b075798704806d1b1ae6ff', x'014457335183cb0c227b22666f72223a223031613231336630643162303735373938373034383036643162316165366666227d', 1800000001000000000, NULL);
INSERT INTO events VALUES (10, '01a213f0d1cb747f8c00c284421b0267', 'main', 'ghl.ContactCreate', 'reply', x'0187419408856d9f477b2274657874223a22796573227d', 1800000001000000000, NULL);
INSERT INTO events VALUES (11, '01a213f0d1d7739e9ae76f2b3a66db45', 'main', 'ghl.ContactCreate', 'done', x'017e4741584f3761dc7b22666f72223a22646f6e65227d', 1800000001000000000, NULL);
INSERT INTO keys VALUES ('main', 'ghl.ContactCreate', '01a213f0d097754dafcda5e4a46a3376', '01a213f0d097754dafcda5e5661b9931', x'a26d6d9457efbb4ec821647f78f82880da43e8bec3def85467d69c17dd4b99f3', 1800000001000000000);
INSERT INTO keys VALUES ('main', 'ghl.ContactCreate', '01a213f0d10373d7a8207cdc21f5a2f2', '01a213f0d10373d7a8207cdd899cf669', x'd2e61455d7633871d0fe71c4a4d20ddaac91a0f18432f8c67bf231baa88b0cdb', 1800000001000000000);
INSERT INTO keys VALUES ('main', 'ghl.ContactCreate', '01a213f0d134704f97a0c91f3aa06d7f', '01a213f0d134704f97a0c92017d4504a', x'0f8e0b9fc66afe271cc1c05a35891c44902bc13113a69117dad8b60c66cda921', 1800000001000000000);
INSERT INTO keys VALUES ('main', 'ghl.ContactCreate', '01a213f0d1547679a5bbd82f68351904', '01a213f0d1547679a5bbd830c0ceef31', x'4ad552b190be0a2569398bf0b143fa1586fac46de65154f9a9166a7e5573882d', 1800000001000000000);
INSERT INTO keys VALUES ('main', 'ghl.ContactCreate', '01a213f0d163777694c318c126ef08db', '01a213f0d163777694c318c2de4bcb07', x'b3a30574ead0967080cb039da4a890cb4af50a857f01184f4c1e86904c2720db', 1800000001000000000);
INSERT INTO keys VALUES ('main', 'ghl.ContactCreate', '01a213f0d16b716998dca50fa431103c', '01a213f0d16b716998dca5103dbbe299', x'fb1f0c3b3df6583feae7519a95ee52f9f0a7db604c168c56f0869c05bc8fd904', 1800000001000000000);
INSERT INTO keys VALUES ('main', 'ghl.ContactCreate', '01a213f0d17b70bdaa8ad0838dd6e41b', '01a213f0d17b70bdaa8ad084c9ae7c50', x'eca49af8a4f7647789bb40bc9f290e31883d699ebd37191f227782499710b998', 1800000001000000000);
INSERT INTO keys VALUES ('main', 'ghl.ContactCreate', '01a213f0d184754eaea1b5e3b4e63410', '01a213f0d184754eaea1b5e4e8e5b20b', x'99c92f33739d61cda175929a958fc755d69140e822f74644b15760e7cdd7e339', 1800000001000000000);
INSERT INTO keys VALUES ('main', 'ghl.ContactCreate', '01a213f0d1b075798704806d1b1ae6ff', '01a213f0d1b075798704806e3bfc4d6b', x'2a61b7e85ecdfe30ab313305d31d6f6af8721d3e417f53edd04f46060083f8cf', 1800000001000000000);
INSERT INTO keys VALUES ('main', 'ghl.ContactCreate', 'done', '01a213f0d1d7739e9ae76f2b3a66db45', x'341f76cf8e756053388ae34483b177706a1fe35852d72ef3546c4caccbe82881', 1800000001000000000);
INSERT INTO keys VALUES ('main', 'ghl.ContactCreate', 'reply', '01a213f0d1cb747f8c00c284421b0267', x'1948b0501d9336a933c252de70f93bc107fa80bd54962af458c9d0d9cc71d4b7', 1800000001000000000);
INSERT INTO runs VALUES (1, '01a213f0d097754dafcda5e4a46a3376', '01a213f0d097754dafcda5e5661b9931', 'welcome', 'h1', 'trigger', 'main', x'0184c61db71ec08be17b226f776e6572223a22616e61227d', x'01a347c2059950dcc07b226e616d65223a22416e61227d', NULL, 'succeeded', NULL, 0, 0, 'parallel', NULL, NULL, NULL, NULL, NULL, 1, 0, NULL, 1800000001000000000, 1800000002000000000, 1800000003000000000);
INSERT INTO runs VALUES (2, '01a213f0d10373d7a8207cdc21f5a2f2', '01a213f0d10373d7a8207cdd899cf669', 'welcome', 'h1', 'trigger', 'main', x'01a8dfefd09808de797b226f776e6572223a22616e61227d', x'015d399a8907f1c78f7b226e616d65223a22416e61227d', NULL, 'failed', NULL, 0, 0, 'parallel', NULL, NULL, NULL, NULL, NULL, 1, 0, NULL, 1800000001000000000, 1800000002000000000, 1800000003000000000);
INSERT INTO runs VALUES (3, '01a213f0d134704f97a0c91f3aa06d7f', '01a213f0d134704f97a0c92017d4504a', 'welcome', 'h1', 'trigger', 'main', x'010e12a5e4f4453a227b226f776e6572223a22616e61227d', x'01a0d64d003627c9da7b226e616d65223a22416e61227d', NULL, 'stopped', NULL, 0, 0, 'parallel', NULL, NULL, NULL, NULL, NULL, 1, 0, NULL, 1800000001000000000, 1800000002000000000, 1800000003000000000);
INSERT INTO runs VALUES (4, '01a213f0d1547679a5bbd82f68351904', '01a213f0d1547679a5bbd830c0ceef31', 'welcome', 'h1', 'trigger', 'main', x'01567d2e143f8c533f7b226f776e6572223a22616e61227d', NULL, NULL, 'cancelled', 'not wanted', 0, 0, 'parallel', NULL, NULL, NULL, NULL, NULL, 0, 0, NULL, 1800000001000000000, NULL, 1800000004000000000);
INSERT INTO runs VALUES (5, '01a213f0d163777694c318c126ef08db', '01a213f0d163777694c318c2de4bcb07', 'welcome', 'h1', 'trigger', 'main', x'01e4bd6cad464e20447b226f776e6572223a22616e61227d', NULL, NULL, 'waiting', NULL, 0, 1, 'parallel', NULL, NULL, NULL, NULL, NULL, 1, 0, NULL, 1800000001000000000, 1800000002000000000, NULL);
INSERT INTO runs VALUES (6, '01a213f0d16b716998dca50fa431103c', '01a213f0d16b716998dca5103dbbe299', 'welcome', 'h1', 'trigger', 'main', x'01c894aa91b57bb63c7b226f776e6572223a22616e61227d', NULL, NULL, 'waiting', NULL, 1, 1, 'parallel', NULL, NULL, NULL, NULL, NULL, 1, 0, NULL, 1800000001000000000, 1800000002000000000, NULL);
INSERT INTO runs VALUES (7, '01a213f0d17b70bdaa8ad0838dd6e41b', '01a213f0d17b70bdaa8ad084c9ae7c50', 'welcome', 'h1', 'trigger', 'main', x'0131fc67768953dc357b226f776e6572223a22616e61227d', NULL, NULL, 'needs_attention', NULL, 0, 1, 'parallel', NULL, NULL, NULL, NULL, NULL, 1, 0, NULL, 1800000001000000000, 1800000002000000000, NULL);
INSERT INTO runs VALUES (8, '01a213f0d184754eaea1b5e3b4e63410', '01a213f0d184754eaea1b5e4e8e5b20b', 'welcome', 'h1', 'trigger', 'main', x'01e74ec12ed0b6b7cb7b226f776e6572223a22616e61227d', NULL, NULL, 'running', NULL, 0, 1, 'queue', 'c1', 1, NULL, NULL, NULL, 1, 0, NULL, 1800000001000000000, 1800000002000000000, NULL);
INSERT INTO runs VALUES (9, '01a213f0d1b075798704806d1b1ae6ff', '01a213f0d1b075798704806e3bfc4d6b', 'welcome', 'h1', 'trigger', 'main', x'019565c630c82078c97b226f776e6572223a22616e61227d', NULL, NULL, 'queued', NULL, 1, 1, 'queue', 'c2', 1, NULL, NULL, NULL, 0, 0, NULL, 1800000001000000000, NULL, NULL);
INSERT INTO effects VALUES (1, 1, 'a', x'01198e82e18255a3257b226f7574636f6d65223a22646f6e65222c2276616c7565223a7b226f66223a223031613231336630643039373735346461666364613565346134366133333736227d7d', 1800000003000000000);
INSERT INTO effects VALUES (2, 2, 'a', x'017b5ead511c55ec687b226f7574636f6d65223a22646f6e65222c2276616c7565223a7b226f66223a223031613231336630643130333733643761383230376364633231663561326632227d7d', 1800000003000000000);
INSERT INTO effects VALUES (3, 3, 'a', x'012382a724723c6c687b226f7574636f6d65223a22646f6e65222c2276616c7565223a7b226f66223a223031613231336630643133343730346639376130633931663361613036643766227d7d', 1800000003000000000);
INSERT INTO effects VALUES (4, 8, 'contact', x'01dcb5ceba800015cd7b226f7574636f6d65223a22646f6e65222c2276616c7565223a7b226964223a226331227d7d', 1800000003000000000);
INSERT INTO attempts VALUES (1, 'a', 1, 0, x'016241ef4bf6b763437b226d6574686f64223a22504f5354222c2275726c223a222f612f31227d', 1800000003000000000, 200, x'01c5db02bd2b5d038d7b226f66223a317d', NULL, 12, 1800000003000000000, 0);
INSERT INTO attempts VALUES (2, 'a', 1, 0, x'01c22ad042b25f29547b226d6574686f64223a22504f5354222c2275726c223a222f612f31227d', 1800000003000000000, 200, x'01d010e424ccf57b9e7b226f66223a317d', NULL, 12, 1800000003000000000, 0);
INSERT INTO attempts VALUES (3, 'a', 1, 0, x'01c273d0869031bf0e7b226d6574686f64223a22504f5354222c2275726c223a222f612f31227d', 1800000003000000000, 200, x'015fc30e08fcbdbeee7b226f66223a317d', NULL, 12, 1800000003000000000, 0);
INSERT INTO attempts VALUES (7, 'sms', 1, 0, x'0185fe64cb630adf4c7b226d6574686f64223a22504f5354222c2275726c223a222f736d732f31227d', 1800000003000000000, NULL, NULL, NULL, NULL, NULL, 0);
INSERT INTO attempts VALUES (8, 'note', 1, 0, x'01333d106b072f14f67b226d6574686f64223a22504f5354222c2275726c223a222f6e6f74652f31227d', 1800000003000000000, NULL, NULL, NULL, NULL, NULL, 0);
INSERT INTO waits VALUES (5, 'wait', 1800900000000000000, NULL, NULL, NULL, 1800000003000000000);
INSERT INTO waits VALUES (6, 'reply', NULL, 'ghl.ContactReply', NULL, x'01d5dda5e2d8bbe8167b22636f6e74616374223a226331227d', 1800000003000000000);
INSERT INTO offers VALUES (1, 6, 'reply', '01a213f0d1cb747f8c00c284421b0267');
INSERT INTO questions VALUES (1, 7, 'sms', x'01a99cadd3af0492167b226d657373616765223a226e6f626f6479206b6e6f7773227d', 1800000003000000000, NULL, NULL, NULL, NULL, NULL);
INSERT INTO polls VALUES ('main contacts', x'01ddcbbab7d86bb9d67b226166746572223a377d', 1, 1800000005000000000);
INSERT INTO seen VALUES ('main contacts', 'c1', 'f1', 1800000005000000000);
INSERT INTO secrets VALUES ('', 'key-check', 1, x'67eca443b243f7f9', x'ccfbaf96daf043b271f2890af4d987e2ec67e8cd9cc11207', x'108cab1e2313326a7885ab5bab4b558ee5ba8530cb40ac74', 1, 1800000000000000000);
INSERT INTO secrets VALUES ('main', 'oauth', 1, x'67eca443b243f7f9', x'1ebe5dd62d39b4ad1d37a4f91c626865566555cc2ea852ea', x'a25a5429ff3fc0f125e0a94d6711b85e851121074a992f8d36', 1, 1800000005000000000);
INSERT INTO secrets VALUES ('main', 'oauth', 2, x'67eca443b243f7f9', x'ca237206d247a186f6cfc4057eb4c941e11c273cf8fff652', x'880a0584839c0669e95e661d70df28aa6dcf8b1938d7ee34d8', 0, 1800000006000000000);
INSERT INTO leases VALUES ('refresh main', 'task 1', 1800000066000000000);
INSERT INTO audit VALUES (1, 1800000004000000000, 'token:ana', 'run.cancel', '01a213f0d1547679a5bbd82f68351904', 'not wanted');
INSERT INTO audit VALUES (2, 1800000005000000000, 'token:ana', 'connection.secret', 'main', 'oauth');
INSERT INTO counters VALUES ('events.accepted', 11);
INSERT INTO counters VALUES ('runs.succeeded', 1);
INSERT INTO counters VALUES ('runs.failed', 1);
INSERT INTO counters VALUES ('runs.stopped', 1);
COMMIT;
