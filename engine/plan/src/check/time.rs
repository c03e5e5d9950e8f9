//! Timetables and time zones.

use souschef_expr::moment::zone_of;
use souschef_expr::value::range_in;
use souschef_recipe::{Code, Diagnostic, Schedule, Spanned, nearest};

use super::Checker;
use super::values::text_node;
use crate::plan::TriggerPlanKind;
use crate::timetable::Timetable;

impl Checker<'_> {
    pub(super) fn schedule(&mut self, schedule: &Schedule) -> TriggerPlanKind {
        if let Err(error) = Timetable::parse(&schedule.cron.value) {
            let node = text_node(&schedule.cron, self.source);
            let mut diagnostic = Diagnostic::new(
                Code::BAD_CRON,
                range_in(self.source, &node, &error.range),
                error.message,
            );
            diagnostic.label = error.help;
            self.tell(diagnostic);
        }
        if let Some(zone) = &schedule.time_zone {
            self.time_zone(zone);
        }
        TriggerPlanKind::Schedule {
            cron: schedule.cron.value.clone(),
            time_zone: schedule
                .time_zone
                .as_ref()
                .map_or_else(|| "UTC".to_owned(), |zone| zone.value.clone()),
            catch_up: schedule.catch_up,
        }
    }

    /// An IANA name.
    pub(super) fn time_zone(&mut self, zone: &Spanned<String>) {
        let word = zone.value.as_str();
        let good = zone_of(Some(word)).is_ok();
        // Short names of no fixed meaning are in the database too.
        let short = matches!(
            word,
            "EST" | "MST" | "HST" | "EST5EDT" | "CST6CDT" | "MST7MDT" | "PST8PDT"
        );
        if good && !short {
            return;
        }
        let meant = match word.to_uppercase().as_str() {
            "EST" | "EDT" | "ET" | "EASTERN" | "EST5EDT" | "NEW YORK" => Some("America/New_York"),
            "CST" | "CDT" | "CT" | "CENTRAL" | "CST6CDT" | "CHICAGO" => Some("America/Chicago"),
            "MST" | "MDT" | "MT" | "MOUNTAIN" | "MST7MDT" | "DENVER" => Some("America/Denver"),
            "PST" | "PDT" | "PT" | "PACIFIC" | "PST8PDT" | "LOS ANGELES" => Some("America/Los_Angeles"),
            "CET" | "CEST" => Some("Europe/Berlin"),
            "BST" => Some("Europe/London"),
            "HST" => Some("Pacific/Honolulu"),
            "IST" => Some("Asia/Kolkata"),
            "JST" => Some("Asia/Tokyo"),
            _ => None,
        };
        let mut diagnostic = Diagnostic::new(
            Code::UNKNOWN_TIME_ZONE,
            zone.span,
            format!("there is no time zone \"{word}\""),
        );
        if short {
            diagnostic.message = format!(
                "\"{word}\" does not follow daylight saving time, so it is not taken for a time zone"
            );
        }
        let near = meant.map(str::to_owned).or_else(|| near_zone(word));
        diagnostic = match near {
            Some(near) => diagnostic.did_you_mean(near),
            None => diagnostic.label("time zones are named like Europe/Vienna, America/New_York or UTC"),
        };
        self.tell(diagnostic);
    }
}

/// The name of the IANA database that is nearest: its city alone is enough.
fn near_zone(word: &str) -> Option<String> {
    let wanted = word.trim().to_lowercase().replace(' ', "_");
    let all: Vec<String> = jiff::tz::db().available().map(|name| name.to_string()).collect();
    let cities = [
        "Africa/",
        "America/",
        "Asia/",
        "Atlantic/",
        "Australia/",
        "Europe/",
        "Indian/",
        "Pacific/",
    ];
    let own = |name: &str| cities.iter().any(|area| name.starts_with(area));
    let city = |name: &str| name.rsplit('/').next().unwrap_or(name).to_lowercase();
    if let Some(found) = all.iter().find(|name| own(name) && city(name) == city(&wanted)) {
        return Some(found.clone());
    }
    nearest(word, all.iter().map(String::as_str)).map(str::to_owned)
}
