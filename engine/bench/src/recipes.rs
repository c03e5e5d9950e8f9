//! Recipes to measure with, made by the line.

/// The bundled recipe that a new user runs first.
pub(crate) const ONBOARDING: &str = include_str!("../../../recipes/onboarding.yaml");

/// 200 lines with ten mistakes of ten kinds; a test holds what is said of them.
pub(crate) const TEN_MISTAKES: &str =
    include_str!("../../../tests/check/123-ten-mistakes-in-200-lines/recipe.yaml");

/// A right recipe of so many lines.
pub(crate) fn right(lines: usize) -> String {
    let mut text = "name: Long\ntrigger: { poll: contacts.search, every: 5m }\nmappings:\n  first_name: { from: trigger.firstName, default: there }\nactions:\n".to_owned();
    let mut step = 0;
    while text.lines().count() + 8 <= lines {
        text.push_str(&format!(
            "  - id: task_{step}\n    if: {{ trigger.source: {{ is_not: import }} }}\n    action: contacts.create_task\n    with:\n      contactId: \"{{{{ trigger.id }}}}\"\n      title: \"Call {{{{ fields.first_name }}}} about {{{{ trigger.email }}}}\"\n      dueDate: \"{{{{ date_add run.started_at '2d' }}}}\"\n      completed: false\n"
        ));
        step += 1;
    }
    text
}

/// A right recipe of so many lines that is like no other.
pub(crate) fn different(lines: usize, number: usize) -> String {
    right(lines)
        .replace("task_", &format!("task_{number}_"))
        .replace("Call {{", &format!("Call {number} {{{{"))
        .replace("name: Long", &format!("name: Long {number}"))
}
