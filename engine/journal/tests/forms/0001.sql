-- A journal of this form, made by `write_the_newest_form` (stories/form.rs).
PRAGMA application_id = 1936684403;
PRAGMA user_version = 1;
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
CREATE INDEX runs_open ON runs (state) WHERE ended_at IS NULL;
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
INSERT INTO events VALUES (1, '01a211d8dff571ce94d4df132b5e845d', 'main', 'ghl.ContactCreate', '01a211d8dff571ce94d4df1233592789', x'018c2d800fbe43ab437b22666f72223a223031613231316438646666353731636539346434646631323333353932373839227d', 1800000001000000000, NULL);
INSERT INTO events VALUES (2, '01a211d8e0007006a7164714ea6231cf', 'main', 'ghl.ContactCreate', '01a211d8e0007006a71647133cadc57e', x'0191b406131d454bc37b22666f72223a223031613231316438653030303730303661373136343731333363616463353765227d', 1800000001000000000, NULL);
INSERT INTO events VALUES (3, '01a211d8e011711b856ec5c60cfb7e19', 'main', 'ghl.ContactCreate', '01a211d8e011711b856ec5c5ef4be5cc', x'0165b0c14382c506407b22666f72223a223031613231316438653031313731316238353665633563356566346265356363227d', 1800000001000000000, NULL);
INSERT INTO events VALUES (4, '01a211d8e02f70aa9a91e0705bec04d2', 'main', 'ghl.ContactCreate', '01a211d8e02f70aa9a91e06f0a30f426', x'01ce4b4b13200d96d07b22666f72223a223031613231316438653032663730616139613931653036663061333066343236227d', 1800000001000000000, NULL);
INSERT INTO events VALUES (5, '01a211d8e03775f1bc3110264c49a2b9', 'main', 'ghl.ContactCreate', '01a211d8e03775f1bc31102511a60cd8', x'01063eb53abf8aba747b22666f72223a223031613231316438653033373735663162633331313032353131613630636438227d', 1800000001000000000, NULL);
INSERT INTO events VALUES (6, '01a211d8e04076e582a85c849b1b2a2b', 'main', 'ghl.ContactCreate', '01a211d8e04076e582a85c83f71506a3', x'01181914063d9135617b22666f72223a223031613231316438653034303736653538326138356338336637313530366133227d', 1800000001000000000, NULL);
INSERT INTO events VALUES (7, '01a211d8e04873bd9c60f8d3f7096125', 'main', 'ghl.ContactCreate', '01a211d8e04873bd9c60f8d2d8ed1dad', x'01f578668646c5ba6d7b22666f72223a223031613231316438653034383733626439633630663864326438656431646164227d', 1800000001000000000, NULL);
INSERT INTO events VALUES (8, '01a211d8e0697796ad87b9a10100d550', 'main', 'ghl.ContactCreate', '01a211d8e0697796ad87b9a0bc21107b', x'0131383db497ad3f227b22666f72223a223031613231316438653036393737393661643837623961306263323131303762227d', 1800000001000000000, NULL);
INSERT INTO events VALUES (9, '01a211d8e08b7405af503638e5a531c1', 'main', 'ghl.ContactCreate', '01a211d8e08b7405af503637552cee78', x'01cd300b901893d7237b22666f72223a223031613231316438653038623734303561663530333633373535326365653738227d', 1800000001000000000, NULL);
INSERT INTO events VALUES (10, '01a211d8e098760d9ad1bbdb9990a3b4', 'main', 'ghl.ContactCreate', 'reply', x'019047721614760bd77b2274657874223a22796573227d', 1800000001000000000, NULL);
INSERT INTO events VALUES (11, '01a211d8e0a375189f31ffea49bce4a7', 'main', 'ghl.ContactCreate', 'done', x'01d94687ad6121bf457b22666f72223a22646f6e65227d', 1800000001000000000, NULL);
INSERT INTO keys VALUES ('main', 'ghl.ContactCreate', '01a211d8dff571ce94d4df1233592789', '01a211d8dff571ce94d4df132b5e845d', x'e57ecd9ca59d868abcabedfd62f3b1619dfd86f2366d948f163f9238a072e3dc', 1800000001000000000);
INSERT INTO keys VALUES ('main', 'ghl.ContactCreate', '01a211d8e0007006a71647133cadc57e', '01a211d8e0007006a7164714ea6231cf', x'c7ff54243d7d5d826afcf9d42b6fe8d5ed936f08f29971635cf9c812ecf5a762', 1800000001000000000);
INSERT INTO keys VALUES ('main', 'ghl.ContactCreate', '01a211d8e011711b856ec5c5ef4be5cc', '01a211d8e011711b856ec5c60cfb7e19', x'9a76c43ffbb08fa95ce63d25990d19c3c05ee7974a7325eb5c23b304ae4d351f', 1800000001000000000);
INSERT INTO keys VALUES ('main', 'ghl.ContactCreate', '01a211d8e02f70aa9a91e06f0a30f426', '01a211d8e02f70aa9a91e0705bec04d2', x'c916fd9f52941250faaa7bade4e4d60863b8e71aaa5f7a5743dd2d3ff8dc5521', 1800000001000000000);
INSERT INTO keys VALUES ('main', 'ghl.ContactCreate', '01a211d8e03775f1bc31102511a60cd8', '01a211d8e03775f1bc3110264c49a2b9', x'54b7a4f70fcab71074cac2790a247a8ff0823872d87adb5153da313b72d802c0', 1800000001000000000);
INSERT INTO keys VALUES ('main', 'ghl.ContactCreate', '01a211d8e04076e582a85c83f71506a3', '01a211d8e04076e582a85c849b1b2a2b', x'6e65084f85fd84a55c36c93e5a0cc4a3f702b90f05e364fafb62aa9bfc87e506', 1800000001000000000);
INSERT INTO keys VALUES ('main', 'ghl.ContactCreate', '01a211d8e04873bd9c60f8d2d8ed1dad', '01a211d8e04873bd9c60f8d3f7096125', x'da9007df1a54035e2f3c4dddfc7dddf383de1f052af416779319a86663f2eb5a', 1800000001000000000);
INSERT INTO keys VALUES ('main', 'ghl.ContactCreate', '01a211d8e0697796ad87b9a0bc21107b', '01a211d8e0697796ad87b9a10100d550', x'660eb05c20771d352409ac63a5a35925f0552060dbf6baf8e46b08e29cae90dd', 1800000001000000000);
INSERT INTO keys VALUES ('main', 'ghl.ContactCreate', '01a211d8e08b7405af503637552cee78', '01a211d8e08b7405af503638e5a531c1', x'ca12ccff0f1984a95513b21687cf0f1a1019f69f1f2d8ddd5529124aa9cd3426', 1800000001000000000);
INSERT INTO keys VALUES ('main', 'ghl.ContactCreate', 'done', '01a211d8e0a375189f31ffea49bce4a7', x'341f76cf8e756053388ae34483b177706a1fe35852d72ef3546c4caccbe82881', 1800000001000000000);
INSERT INTO keys VALUES ('main', 'ghl.ContactCreate', 'reply', '01a211d8e098760d9ad1bbdb9990a3b4', x'1948b0501d9336a933c252de70f93bc107fa80bd54962af458c9d0d9cc71d4b7', 1800000001000000000);
INSERT INTO runs VALUES (1, '01a211d8dff571ce94d4df1233592789', '01a211d8dff571ce94d4df132b5e845d', 'welcome', 'h1', 'trigger', 'main', x'01088d7b5c584829297b226f776e6572223a22616e61227d', x'010b9155f5e2f6ae137b226e616d65223a22416e61227d', NULL, 'succeeded', NULL, 0, 0, 'parallel', NULL, NULL, NULL, NULL, NULL, 1, 0, NULL, 1800000001000000000, 1800000002000000000, 1800000003000000000);
INSERT INTO runs VALUES (2, '01a211d8e0007006a71647133cadc57e', '01a211d8e0007006a7164714ea6231cf', 'welcome', 'h1', 'trigger', 'main', x'01895b9a6f7ec274747b226f776e6572223a22616e61227d', x'0186c6d91f57be5e2b7b226e616d65223a22416e61227d', NULL, 'failed', NULL, 0, 0, 'parallel', NULL, NULL, NULL, NULL, NULL, 1, 0, NULL, 1800000001000000000, 1800000002000000000, 1800000003000000000);
INSERT INTO runs VALUES (3, '01a211d8e011711b856ec5c5ef4be5cc', '01a211d8e011711b856ec5c60cfb7e19', 'welcome', 'h1', 'trigger', 'main', x'01518eb75bb3d0c2c67b226f776e6572223a22616e61227d', x'0148137ea52d0f1da07b226e616d65223a22416e61227d', NULL, 'stopped', NULL, 0, 0, 'parallel', NULL, NULL, NULL, NULL, NULL, 1, 0, NULL, 1800000001000000000, 1800000002000000000, 1800000003000000000);
INSERT INTO runs VALUES (4, '01a211d8e02f70aa9a91e06f0a30f426', '01a211d8e02f70aa9a91e0705bec04d2', 'welcome', 'h1', 'trigger', 'main', x'0176bcf33088989dfb7b226f776e6572223a22616e61227d', NULL, NULL, 'cancelled', 'not wanted', 0, 0, 'parallel', NULL, NULL, NULL, NULL, NULL, 0, 0, NULL, 1800000001000000000, NULL, 1800000004000000000);
INSERT INTO runs VALUES (5, '01a211d8e03775f1bc31102511a60cd8', '01a211d8e03775f1bc3110264c49a2b9', 'welcome', 'h1', 'trigger', 'main', x'017426f597885b00fc7b226f776e6572223a22616e61227d', NULL, NULL, 'waiting', NULL, 0, 1, 'parallel', NULL, NULL, NULL, NULL, NULL, 1, 0, NULL, 1800000001000000000, 1800000002000000000, NULL);
INSERT INTO runs VALUES (6, '01a211d8e04076e582a85c83f71506a3', '01a211d8e04076e582a85c849b1b2a2b', 'welcome', 'h1', 'trigger', 'main', x'01d4c0e272dc6242ec7b226f776e6572223a22616e61227d', NULL, NULL, 'waiting', NULL, 1, 1, 'parallel', NULL, NULL, NULL, NULL, NULL, 1, 0, NULL, 1800000001000000000, 1800000002000000000, NULL);
INSERT INTO runs VALUES (7, '01a211d8e04873bd9c60f8d2d8ed1dad', '01a211d8e04873bd9c60f8d3f7096125', 'welcome', 'h1', 'trigger', 'main', x'017a43f13c813bd3e57b226f776e6572223a22616e61227d', NULL, NULL, 'needs_attention', NULL, 0, 1, 'parallel', NULL, NULL, NULL, NULL, NULL, 1, 0, NULL, 1800000001000000000, 1800000002000000000, NULL);
INSERT INTO runs VALUES (8, '01a211d8e0697796ad87b9a0bc21107b', '01a211d8e0697796ad87b9a10100d550', 'welcome', 'h1', 'trigger', 'main', x'016df34d6846be4ada7b226f776e6572223a22616e61227d', NULL, NULL, 'running', NULL, 0, 1, 'queue', 'c1', 1, NULL, NULL, NULL, 1, 0, NULL, 1800000001000000000, 1800000002000000000, NULL);
INSERT INTO runs VALUES (9, '01a211d8e08b7405af503637552cee78', '01a211d8e08b7405af503638e5a531c1', 'welcome', 'h1', 'trigger', 'main', x'01359c61f3003dbdb17b226f776e6572223a22616e61227d', NULL, NULL, 'queued', NULL, 1, 1, 'queue', 'c2', 1, NULL, NULL, NULL, 0, 0, NULL, 1800000001000000000, NULL, NULL);
INSERT INTO effects VALUES (1, 1, 'a', x'0189739877a810788a7b226f7574636f6d65223a22646f6e65222c2276616c7565223a7b226f66223a223031613231316438646666353731636539346434646631323333353932373839227d7d', 1800000003000000000);
INSERT INTO effects VALUES (2, 2, 'a', x'01845890ecc47ed5f07b226f7574636f6d65223a22646f6e65222c2276616c7565223a7b226f66223a223031613231316438653030303730303661373136343731333363616463353765227d7d', 1800000003000000000);
INSERT INTO effects VALUES (3, 3, 'a', x'01ebff4967c29e5acb7b226f7574636f6d65223a22646f6e65222c2276616c7565223a7b226f66223a223031613231316438653031313731316238353665633563356566346265356363227d7d', 1800000003000000000);
INSERT INTO effects VALUES (4, 8, 'contact', x'01dcb5ceba800015cd7b226f7574636f6d65223a22646f6e65222c2276616c7565223a7b226964223a226331227d7d', 1800000003000000000);
INSERT INTO attempts VALUES (1, 'a', 1, 0, x'016241ef4bf6b763437b226d6574686f64223a22504f5354222c2275726c223a222f612f31227d', 1800000003000000000, 200, x'01c5db02bd2b5d038d7b226f66223a317d', NULL, 12, 1800000003000000000, 0);
INSERT INTO attempts VALUES (2, 'a', 1, 0, x'01c22ad042b25f29547b226d6574686f64223a22504f5354222c2275726c223a222f612f31227d', 1800000003000000000, 200, x'01d010e424ccf57b9e7b226f66223a317d', NULL, 12, 1800000003000000000, 0);
INSERT INTO attempts VALUES (3, 'a', 1, 0, x'01c273d0869031bf0e7b226d6574686f64223a22504f5354222c2275726c223a222f612f31227d', 1800000003000000000, 200, x'015fc30e08fcbdbeee7b226f66223a317d', NULL, 12, 1800000003000000000, 0);
INSERT INTO attempts VALUES (7, 'sms', 1, 0, x'0185fe64cb630adf4c7b226d6574686f64223a22504f5354222c2275726c223a222f736d732f31227d', 1800000003000000000, NULL, NULL, NULL, NULL, NULL, 0);
INSERT INTO attempts VALUES (8, 'note', 1, 0, x'01333d106b072f14f67b226d6574686f64223a22504f5354222c2275726c223a222f6e6f74652f31227d', 1800000003000000000, NULL, NULL, NULL, NULL, NULL, 0);
INSERT INTO waits VALUES (5, 'wait', 1800900000000000000, NULL, NULL, NULL, 1800000003000000000);
INSERT INTO waits VALUES (6, 'reply', NULL, 'ghl.ContactReply', NULL, x'01d5dda5e2d8bbe8167b22636f6e74616374223a226331227d', 1800000003000000000);
INSERT INTO offers VALUES (1, 6, 'reply', '01a211d8e098760d9ad1bbdb9990a3b4');
INSERT INTO questions VALUES (1, 7, 'sms', x'01a99cadd3af0492167b226d657373616765223a226e6f626f6479206b6e6f7773227d', 1800000003000000000, NULL, NULL, NULL, NULL, NULL);
INSERT INTO polls VALUES ('main contacts', x'01ddcbbab7d86bb9d67b226166746572223a377d', 1, 1800000005000000000);
INSERT INTO seen VALUES ('main contacts', 'c1', 'f1', 1800000005000000000);
INSERT INTO secrets VALUES ('', 'key-check', 1, x'67eca443b243f7f9', x'4e2eec7e0393c304bf7507a94282986f09c961170d365ebc', x'0436be0d79636ae04aaa2251319f7613cbe5e17e961b60d1', 1, 1800000000000000000);
INSERT INTO secrets VALUES ('main', 'oauth', 1, x'67eca443b243f7f9', x'd7f512be4e68378554515c85947d8ee302879611761df702', x'4002094f60f11998ca1d001b759252d0ddffd8c415b4b3f7b9', 1, 1800000005000000000);
INSERT INTO secrets VALUES ('main', 'oauth', 2, x'67eca443b243f7f9', x'8e53dee0ea7cbb1baac5b832a75d229623da34cf14f0743d', x'f9854c63b178dbc958c3368d72c67aea0521c26b10492a9102', 0, 1800000006000000000);
INSERT INTO leases VALUES ('refresh main', 'task 1', 1800000066000000000);
INSERT INTO audit VALUES (1, 1800000004000000000, 'token:ana', 'run.cancel', '01a211d8e02f70aa9a91e06f0a30f426', 'not wanted');
INSERT INTO audit VALUES (2, 1800000005000000000, 'token:ana', 'connection.secret', 'main', 'oauth');
INSERT INTO counters VALUES ('events.accepted', 11);
INSERT INTO counters VALUES ('runs.succeeded', 1);
INSERT INTO counters VALUES ('runs.failed', 1);
INSERT INTO counters VALUES ('runs.stopped', 1);
COMMIT;
