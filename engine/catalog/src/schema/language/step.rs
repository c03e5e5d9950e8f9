//! Steps.

use indexmap::IndexMap;
use schemars::{JsonSchema, json_schema};

use super::condition::Condition;
use super::trigger::WaitFor;
use super::words::{Anything, Expression, Length, NAME, Name, words};

/// Makes a step: its own keys, then those that every step may have. What an editor offers to fill in stands at each form,
/// so that it is offered only while the step is not yet another.
macro_rules! steps {
    ($($(#[$meta:meta])* struct $ty:ident $name:tt { $($own:tt)* })*) => {
        $(#[derive(JsonSchema)]
        #[schemars(rename = $name, deny_unknown_fields)]
        $(#[$meta])*
        pub(crate) struct $ty {
            $($own)*
            /// The step's name in expressions: what it returned is steps.ID.
            id: Option<Name>,
            /// What people call it.
            name: Option<String>,
            /// The step is done only where this holds; otherwise it is skipped.
            #[schemars(rename = "if")]
            condition: Option<Condition>,
            /// How often it is tried again when the other side fails.
            retry: Option<Retry>,
            /// How long it may take in all.
            timeout: Option<Length>,
            /// What happens when it fails for good; stop where left out.
            on_error: Option<OnError>,
        })*
    };
}

steps! {
    /// Calls an operation.
    #[schemars(extend("defaultSnippets" = [{ "label": "action", "description": "call an operation", "body": { "action": "$1", "with": {} } }]))]
    struct ActionStep "action_step" {
        /// The operation to call, like contacts.create_note. `souschef catalog` lists them.
        action: String,
        /// The operation's inputs.
        with: Option<Anything>,
        /// The account, where it is another than the recipe's.
        connection: Option<String>,
        /// What happens when it can't be known whether the call was done, and doing it twice would do harm.
        if_unknown: Option<IfUnknown>,
    }

    /// Does the first branch whose condition holds.
    #[schemars(extend("defaultSnippets" = [{ "label": "choose", "description": "one of several branches", "body": { "choose": [{ "if": { "${1:trigger.source}": "${2:referral}" }, "do": [{ "action": "$3" }] }], "otherwise": [{ "action": "$4" }] } }]))]
    struct ChooseStep "choose_step" {
        /// Branches, each with if: and do:. The first that holds is done.
        #[schemars(length(min = 1), extend("defaultSnippets" = [{ "label": "branch", "body": [{ "if": { "${1:trigger.source}": "${2:referral}" }, "do": [{ "action": "$3" }] }] }]))]
        choose: Vec<Branch>,
        /// Steps for where no branch holds.
        otherwise: Option<Steps>,
    }

    /// Does the same for each item of a list.
    #[schemars(extend("defaultSnippets" = [{ "label": "for_each", "description": "the same for each item", "body": { "for_each": "{{ ${1:trigger.tags} \\}\\}", "as": "${2:item}", "do": [{ "action": "$3" }] } }]))]
    struct ForEachStep "for_each_step" {
        /// The list: written out, or an expression that gives one.
        for_each: List,
        /// What the current item is called in expressions; item where left out. NAME_index counts from 0.
        #[schemars(rename = "as")]
        name_of_item: Option<Name>,
        /// Steps for each item.
        #[schemars(rename = "do")]
        body: Steps,
        /// How many items are worked on side by side; 1 where left out.
        #[schemars(range(min = 1, max = 50))]
        at_once: Option<u32>,
    }

    /// Does several things side by side.
    #[schemars(extend("defaultSnippets" = [{ "label": "parallel", "description": "several things side by side", "body": { "parallel": [{ "action": "$1" }, { "action": "$2" }] } }]))]
    struct ParallelStep "parallel_step" {
        /// Branches that are done side by side, each a step or a list of steps.
        parallel: Vec<ParallelBranch>,
    }

    /// Waits for a while.
    #[schemars(extend("defaultSnippets" = [{ "label": "wait", "description": "wait for a while", "body": { "wait": "${1:2d}" } }]))]
    struct WaitStep "wait_step" {
        /// How long: 30m, 2h, 3d. It survives a restart and costs nothing while it waits.
        wait: LengthOrExpression,
    }

    /// Waits until a moment.
    struct WaitUntilStep "wait_until_step" {
        /// Until when: a moment such as 2026-12-24T09:00:00Z, or an expression.
        #[schemars(extend("examples" = ["2026-12-24T09:00:00Z", "{{ fields.call_on }}"]))]
        wait_until: String,
    }

    /// Waits for an event.
    #[schemars(extend("defaultSnippets" = [{ "label": "wait_for", "description": "wait for an event", "body": { "wait_for": { "webhook": "${1:ghl.InboundMessage}", "timeout": "${2:3d}" } } }]))]
    struct WaitForStep "wait_for_step" {
        /// Until an event that matches arrives. What it brings is steps.ID.
        wait_for: WaitFor,
    }

    /// Runs another recipe.
    struct RunRecipeStep "run_recipe_step" {
        /// The other recipe's file name without .yaml.
        run_recipe: String,
        /// Its inputs.
        with: Option<IndexMap<String, Anything>>,
    }

    /// Names values for later.
    #[schemars(extend("defaultSnippets" = [{ "label": "set", "description": "name values for later", "body": { "id": "${1:values}", "set": { "${2:name}": "$3" } } }]))]
    struct SetStep "set_step" {
        /// Values by name; they are steps.ID.NAME in expressions.
        #[schemars(extend("minProperties" = 1, "propertyNames" = { "pattern": NAME, "patternErrorMessage": "A name is made of letters, digits and _ only" }))]
        set: IndexMap<String, Anything>,
    }

    /// Ends the run well.
    #[schemars(extend("defaultSnippets" = [{ "label": "stop", "description": "end the run well", "body": { "stop": "${1:Nothing to do}" } }]))]
    struct StopStep "stop_step" {
        /// Why the run ends here; true for no reason.
        #[schemars(extend("examples" = ["Nothing to do"]))]
        stop: Anything,
    }

    /// Ends the run as failed.
    #[schemars(extend("defaultSnippets" = [{ "label": "fail", "description": "end the run as failed", "body": { "fail": "${1:Why}" } }]))]
    struct FailStep "fail_step" {
        /// Why the run fails.
        #[schemars(extend("examples" = ["No calendar is free"]))]
        fail: Anything,
    }
}

/// A step: one thing that is done.
#[derive(JsonSchema)]
#[schemars(rename = "step", untagged)]
pub(crate) enum Step {
    Action(ActionStep),
    Choose(ChooseStep),
    ForEach(ForEachStep),
    Parallel(ParallelStep),
    Wait(WaitStep),
    WaitUntil(WaitUntilStep),
    WaitFor(WaitForStep),
    RunRecipe(RunRecipeStep),
    Set(SetStep),
    Stop(StopStep),
    Fail(FailStep),
}

/// Steps, in order.
#[derive(JsonSchema)]
#[schemars(rename = "steps", transparent)]
pub(crate) struct Steps(#[schemars(length(min = 1))] Vec<Step>);

/// A branch: steps, and when they are done.
#[derive(JsonSchema)]
#[schemars(rename = "branch", deny_unknown_fields)]
pub(crate) struct Branch {
    /// When the branch is taken.
    #[schemars(rename = "if")]
    condition: Condition,
    /// The branch's steps.
    #[schemars(rename = "do")]
    body: Steps,
}

/// A list of steps under do:.
#[derive(JsonSchema)]
#[schemars(rename = "do_branch", deny_unknown_fields)]
pub(crate) struct DoBranch {
    /// The branch's steps.
    #[schemars(rename = "do")]
    body: Steps,
}

/// A branch of parallel: a step, or a list of steps.
#[derive(JsonSchema)]
#[schemars(rename = "parallel_branch", untagged)]
pub(crate) enum ParallelBranch {
    Step(Step),
    Steps(Steps),
    Do(DoBranch),
}

/// Trying again, in full.
#[derive(JsonSchema)]
#[schemars(rename = "long_retry", deny_unknown_fields)]
pub(crate) struct LongRetry {
    /// How many further tries at most.
    #[schemars(range(min = 0, max = 20))]
    times: Option<u32>,
    /// How long to wait before the first; each wait is longer than the one before.
    #[schemars(extend("examples" = ["1s"]))]
    first_wait: Option<Length>,
    /// How long to wait at most.
    #[schemars(extend("examples" = ["1m"]))]
    longest_wait: Option<Length>,
}

/// What happens when it can't be known whether a call was done.
#[derive(JsonSchema)]
#[schemars(rename = "if_unknown", rename_all = "snake_case")]
pub(crate) enum IfUnknown {
    /// It is sent again.
    Repeat,
    /// The run stops and asks a person.
    Attention,
    /// The step fails.
    Fail,
}

/// The words of on_error.
#[derive(JsonSchema)]
#[schemars(rename = "on_error_word", rename_all = "snake_case")]
pub(crate) enum OnErrorWord {
    /// The run fails.
    Stop,
    /// The run goes on.
    Continue,
}

words! {
    /// What happens when a step fails.
    OnError "on_error" false |generator| {
        let word = generator.subschema_for::<OnErrorWord>();
        let steps = generator.subschema_for::<Steps>();
        json_schema!({
            "description": "stop, continue, or a list of steps that handle it; after them the run goes on. In them error.message, error.step and error.status say what happened.",
            "anyOf": [word, steps],
        })
    };

    /// Trying again.
    Retry "retry" false |generator| {
        let long = generator.subschema_for::<LongRetry>();
        json_schema!({
            "description": "How often: a number, or { times, first_wait, longest_wait }.",
            "anyOf": [{ "type": "integer", "minimum": 0, "maximum": 20 }, long],
        })
    };

    /// A list, or an expression that gives one.
    List "list" true |generator| {
        let expression = generator.subschema_for::<Expression>();
        json_schema!({ "anyOf": [{ "type": "array" }, expression], "examples": ["{{ trigger.tags }}", ["Welcome call", "Check in"]] })
    };

    /// A length of time, or an expression that gives one.
    LengthOrExpression "length_or_expression" true |generator| {
        let length = generator.subschema_for::<Length>();
        let expression = generator.subschema_for::<Expression>();
        json_schema!({ "anyOf": [length, expression] })
    };
}
