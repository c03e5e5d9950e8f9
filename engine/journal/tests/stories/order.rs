//! Whatever is accepted, claimed, ended and cancelled in whatever order: no group overlaps, and a queue keeps its order.

use std::collections::HashMap;

use proptest::prelude::*;
use souschef_journal::{Mode, RunId, RunState, Ticket};

use crate::kit::{at, end_as, journal, run_with, start};

#[derive(Clone, Debug)]
enum Act {
    Accept(u8),
    Claim(u32),
    End(usize),
    Cancel(usize),
    Rest(usize),
    Settle,
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        4 => (0_u8..3).prop_map(Act::Accept),
        3 => (1_u32..4).prop_map(Act::Claim),
        3 => any::<usize>().prop_map(Act::End),
        1 => any::<usize>().prop_map(Act::Cancel),
        1 => any::<usize>().prop_map(Act::Rest),
        1 => Just(Act::Settle),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn queues_keep_their_order(acts in proptest::collection::vec(act(), 1..60)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async move {
            let (_folder, journal) = journal().await;
            let mut key_of = HashMap::new();
            let mut accepted: Vec<RunId> = Vec::new();
            let mut begun: HashMap<u8, Vec<RunId>> = HashMap::new();
            let mut held: Vec<Ticket> = Vec::new();
            for act in acts {
                match act {
                    Act::Accept(key) => {
                        let id = start(&journal, run_with(Mode::Queue, &key.to_string(), None)).await;
                        key_of.insert(id.clone(), key);
                        accepted.push(id);
                    }
                    Act::Claim(limit) => {
                        for claim in journal.claim(limit, at(2)).await.unwrap() {
                            let order = begun.entry(key_of[&claim.ticket.run]).or_default();
                            if !order.contains(&claim.ticket.run) {
                                order.push(claim.ticket.run.clone());
                            }
                            held.push(claim.ticket);
                        }
                    }
                    Act::End(at) if !held.is_empty() => {
                        let ticket = held.remove(at % held.len());
                        end_as(&journal, &ticket, RunState::Succeeded).await;
                    }
                    Act::Rest(at) if !held.is_empty() => {
                        let ticket = held[at % held.len()].clone();
                        if crate::runs::rest_until(&journal, &ticket, 50).await.state == RunState::Waiting {
                            held.retain(|held| *held != ticket);
                        }
                    }
                    Act::Settle => {
                        journal.settle(at(60), 100).await.unwrap();
                    }
                    Act::Cancel(at) if !accepted.is_empty() => {
                        let run = &accepted[at % accepted.len()];
                        // Those that have ended refuse, which is right.
                        let _ = journal.cancel(run, "no", "test", crate::kit::at(4)).await;
                    }
                    _ => {}
                }
                // No two of a key are under way.
                let mut under_way: HashMap<u8, u32> = HashMap::new();
                for id in &accepted {
                    let run = journal.look().run(id).await.unwrap().unwrap();
                    if run.started_at.is_some() && !run.state.ended() {
                        *under_way.entry(key_of[id]).or_default() += 1;
                    }
                }
                assert!(under_way.values().all(|count| *count == 1), "{under_way:?}");
            }
            // They began in the order in which they were accepted.
            for order in begun.values() {
                let places: Vec<_> = order.iter().map(|id| accepted.iter().position(|known| known == id)).collect();
                assert!(places.is_sorted(), "{places:?}");
            }
            // And nobody is left behind: all come to an end in the end.
            loop {
                for ticket in held.drain(..) {
                    end_as(&journal, &ticket, RunState::Succeeded).await;
                }
                journal.settle(at(60), 100).await.unwrap();
                held = journal.claim(100, at(2)).await.unwrap().into_iter().map(|claim| claim.ticket).collect();
                if held.is_empty() {
                    break;
                }
            }
            for id in &accepted {
                let run = journal.look().run(id).await.unwrap().unwrap();
                assert!(run.state.ended(), "{run:?}");
            }
        });
    }
}
