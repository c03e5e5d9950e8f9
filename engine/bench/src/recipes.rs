//! Recipes to measure with, made by the line.

/// Ten mistakes, each of another kind, for the end of a recipe.
const MISTAKES: &str = r#"  - id: wrong
    action: contacts.create_contact
    with: { email: "{{ trigger.email }}" }
  - action: contacts.create_note
    with: { contactId: "{{ steps.task_one.id }}", body: "Hello {{ uper trigger.name }}" }
  - action: contacts.create_task
    with: { contactId: "{{ trigger.id }}", titel: Call, dueDate: tomorrow, completed: no }
  - wait: 2 dayz
  - run_recipe: 7
  - action: contacts.add_tags
    with: { contactId: "{{ fields.nothing }}", tags: new }
    on_error: ignore
"#;

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

/// A recipe of so many lines with ten mistakes and more at its end.
pub(crate) fn wrong(lines: usize) -> String {
    right(lines.saturating_sub(MISTAKES.lines().count())) + MISTAKES
}
