//! The stable codes of messages, each with a page that `souschef explain` shows.

use crate::diagnostic::Severity;

/// A message's code, `SC012`. Codes are never reused for another meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Code(&'static CodeInfo);

/// What is known of a code.
#[derive(Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct CodeInfo {
    id: &'static str,
    warning: bool,
    page: &'static str,
}

macro_rules! codes {
    ($($id:ident $severity:ident $name:ident;)*) => {
        #[allow(missing_docs, reason = "each code has a page of its own in codes/")]
        impl Code {
            $(pub const $name: Self = Self(&CodeInfo {
                id: stringify!($id),
                warning: matches!(stringify!($severity).as_bytes(), b"warning"),
                page: include_str!(concat!("../codes/", stringify!($id), ".md")),
            });)*
        }

        /// Every code, in the order of the table.
        const ALL: &[Code] = &[$(Code::$name),*];
    };
}

// SC0: YAML and structure. SC1: expressions. SC2: names and types. SC3: other files. SC4: run time. SC5: calls.
codes! {
    SC001 error YAML;
    SC002 error TAB;
    SC003 error INDENTATION;
    SC004 error COLON_IN_TEXT;
    SC005 error DUPLICATE_KEY;
    SC006 error UNQUOTED_EXPRESSION;
    SC007 warning UNQUOTED_NUMBER;
    SC008 error QUOTE_NOT_CLOSED;
    SC009 error TEXT_AFTER_QUOTE;
    SC010 error UNKNOWN_OPERATION;
    SC011 error MISSING_INPUT;
    SC012 error UNKNOWN_INPUT;
    SC013 error NO_SPACE_AFTER_COLON;
    SC014 error NOT_A_KEY;
    SC015 error BRACKET_NOT_CLOSED;
    SC016 error BRACKET_NOT_OPENED;
    SC017 error COMMA_MISSING;
    SC018 error ESCAPE;
    SC019 error ODD_CHARACTER;
    SC020 error ODD_KEY;
    SC021 error TAG;
    SC022 error MERGE_KEY;
    SC023 error ALIAS;
    SC024 error DIRECTIVE;
    SC025 error SEVERAL_DOCUMENTS;
    SC026 error TOO_LARGE;
    SC027 error TOO_DEEP;
    SC028 error TOO_MANY_VALUES;
    SC029 error INVISIBLE;
    SC030 error UNKNOWN_KEY;
    SC031 error MISSING_KEY;
    SC032 error WRONG_KIND;
    SC033 error BAD_DURATION;
    SC034 error UNKNOWN_WORD;
    SC035 error SEVERAL_STEP_KINDS;
    SC036 error NO_STEP_KIND;
    SC037 error KEYS_EXCLUDE;
    SC038 error BAD_NAME;
    SC039 error RESERVED_NAME;
    SC040 error DUPLICATE_ID;
    SC041 error MISPLACED_INPUT;
    SC042 error OUT_OF_BOUNDS;
    SC043 error BAD_CONDITION;
    SC044 error UNKNOWN_OPERATOR;
    SC045 error NO_RECIPE;
    SC046 error TRIGGER_FORM;
    SC047 warning CUT_BY_HASH;
    SC048 warning CURLY_QUOTES;
    SC049 error VALUE_IS_COMMENT;
    SC050 warning QUOTE_NOT_OPENED;
    SC051 warning EMPTY_VALUE;
    SC101 error EXPRESSION_NOT_CLOSED;
    SC102 error EXPRESSION_SYNTAX;
    SC103 error UNKNOWN_HELPER;
    SC104 error HELPER_ARGUMENTS;
    SC105 error FOREIGN_SYNTAX;
    SC106 error FORBIDDEN_SYNTAX;
    SC107 error TEMPLATE_LIMIT;
    SC108 error BLOCK_NOT_CLOSED;
    SC109 error JSONPATH_SYNTAX;
    SC110 error UNKNOWN_TRANSFORM;
    SC111 error BAD_REGEX;
    SC112 warning ONE_BRACE;
    SC113 warning FOREIGN_MARK;
    SC201 error UNKNOWN_NAME;
    SC202 error UNKNOWN_STEP;
    SC203 error STEP_NOT_YET_RUN;
    SC204 warning STEP_MAY_NOT_RUN;
    SC205 warning UNKNOWN_FIELD_OF_ANSWER;
    SC206 error NO_SUCH_PART;
    SC207 error UNKNOWN_FIELD;
    SC208 error UNKNOWN_RECIPE_INPUT;
    SC209 error SECRET_IN_EXPRESSION;
    SC210 error INPUT_TYPE;
    SC211 error EXPRESSION_TYPE;
    SC212 error NOT_A_TRIGGER;
    SC213 error UNKNOWN_EVENT;
    SC214 error BAD_CRON;
    SC215 error UNKNOWN_TIME_ZONE;
    SC216 warning UNREACHABLE;
    SC217 error UNKNOWN_CONNECTION;
    SC218 error UNKNOWN_SECRET;
    SC219 error WEBHOOK_FORM;
    SC220 warning OPEN_WEBHOOK;
    SC221 error UNKNOWN_RECIPE;
    SC222 error CIRCLE;
    SC223 error MISSING_SCOPE;
    SC224 warning DEPRECATED;
    SC225 warning UNUSED;
    SC226 error RECIPE_INPUT_VALUE;
    SC227 warning OWN_ECHO;
    SC228 error CONDITION_TYPE;
    SC229 error ITEM_WITHOUT_ID;
    SC230 warning NEVER_HOLDS;
    SC231 warning NO_CONNECTION_TAGGED;
    SC232 warning LITERAL_FROM;
    SC233 warning NEARLY_A_KEY;
    SC301 error CONNECTOR_FILE;
    SC302 error CONNECTOR_CONTENT;
    SC330 error PROJECT_FILE;
    SC331 error SECRET_IN_FILE;
    SC332 error PROJECT_CONTENT;
    SC340 error TEST_FILE;
    SC401 error ABSENT;
    SC402 error HELPER_FAILED;
    SC403 error CONVERSION;
    SC404 error TEXT_OF_VALUE;
    SC405 error RUN_LIMIT;
    SC406 error COMPARISON;
    SC407 error LOOKUP;
    SC450 error INPUT_MISSING;
    SC451 error NOT_A_LIST;
    SC452 error TIMED_OUT;
    SC453 error FAILED_BY_RECIPE;
    SC454 error INPUT_NOT_ALLOWED;
    SC480 error LONG_WAIT;
    SC481 error NO_EVENTS_HERE;
    SC482 error RECIPES_TOO_DEEP;
    SC483 error RUN_SET_ASIDE;
    SC501 error BAD_INPUT;
    SC502 error BAD_PATH_VALUE;
    SC503 error BAD_BASE_URL;
    SC510 error REFUSED;
    SC511 error UNAUTHORIZED;
    SC512 error FORBIDDEN;
    SC513 error NOT_FOUND;
    SC514 error INVALID;
    SC515 error RATE_LIMITED;
    SC520 error NOT_SENT;
    SC521 error OUTCOME_UNKNOWN;
    SC522 error BAD_ANSWER;
    SC523 error REDIRECTED;
    SC530 error RECONNECT;
    SC531 error TOKEN_NOT_RENEWED;
    SC532 error TOKENS_OUT_OF_REACH;
    SC533 error LEFT_ALONE;
}

impl Code {
    /// `SC012`.
    pub fn id(self) -> &'static str {
        self.0.id
    }

    /// Error or warning.
    pub fn severity(self) -> Severity {
        if self.0.warning {
            Severity::Warning
        } else {
            Severity::Error
        }
    }

    /// The page that `explain` shows, in Markdown.
    pub fn page(self) -> &'static str {
        self.0.page
    }

    /// The page's first line.
    pub fn title(self) -> &'static str {
        self.0
            .page
            .lines()
            .next()
            .unwrap_or_default()
            .trim_start_matches("# ")
    }

    /// Every code.
    pub fn all() -> &'static [Self] {
        ALL
    }

    /// The code that a person means: `SC012`, `sc012` or `12`.
    pub fn find(text: &str) -> Option<Self> {
        let digits = text.trim().trim_start_matches(['S', 's', 'C', 'c']);
        let wanted = format!("SC{digits:0>3}");
        ALL.iter().copied().find(|code| code.id() == wanted)
    }

    /// The code of an id that another crate names; ids that are in no table are told as a mistake of ours by a test.
    pub fn of(id: &str) -> Self {
        ALL.iter()
            .copied()
            .find(|code| code.id() == id)
            .unwrap_or(Self::YAML)
    }
}
