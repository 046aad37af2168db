//! Properties of TOML that is merged by key: what the user wrote is there, whatever is rendered beside it.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::{after, cases, merge, tool, tree};

/// A value, and how it is written.
fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        (0..4_u8).prop_map(|n| n.to_string()),
        prop::sample::subsequence(vec!["a", "b", "c", "d"], 0..4)
            .prop_map(|texts| format!("{texts:?}")),
        (0..3_u8).prop_map(|n| format!("{{ version = \"{n}\", features = [\"x\"] }}")),
        prop::sample::subsequence(vec!["a", "b", "c"], 1..3).prop_map(|texts| {
            let lines: String = texts
                .iter()
                .map(|text| format!("    \"{text}\",\n"))
                .collect();
            format!("[\n{lines}]")
        }),
    ]
}

type Keys = BTreeMap<String, String>;

fn keys() -> impl Strategy<Value = Keys> {
    let key =
        prop::sample::select(vec!["k0", "k1", "k2", "k3", "k4", "k5"]).prop_map(str::to_owned);
    prop::collection::btree_map(key, value(), 0..6)
}

/// Keys of which some are gone, some have another value, and some are new and nobody else's.
fn changed(keys: Keys, tag: &'static str) -> impl Strategy<Value = Keys> {
    let choices = prop::collection::vec((0..6_u8, value()), keys.len());
    let new = prop::collection::vec(value(), 0..3);
    (choices, new).prop_map(move |(choices, new)| {
        let mut changed = Keys::new();
        for ((key, old), (choice, value)) in keys.iter().zip(choices) {
            match choice {
                0 => {}
                1 => drop(changed.insert(key.clone(), value)),
                _ => drop(changed.insert(key.clone(), old.clone())),
            }
        }
        let new = new.into_iter().enumerate();
        changed.extend(new.map(|(n, value)| (format!("{tag}{n}"), value)));
        changed
    })
}

/// As a file, in two tables; the user's has a comment at each line that is theirs.
fn written(keys: &Keys, base: Option<&Keys>) -> String {
    let mut text = String::new();
    for (head, is_even) in [("[even]\n", true), ("\n[odd]\n", false)] {
        text += head;
        for (key, value) in keys {
            let number = key.bytes().last().unwrap_or_default();
            if (number % 2 == 0) != is_even {
                continue;
            }
            text += &match base {
                Some(base) if base.get(key) != Some(value) => {
                    format!("{key} = {value} # mine {key}\n")
                }
                _ => format!("{key} = {value}\n"),
            };
        }
    }
    text
}

fn sides() -> impl Strategy<Value = (Keys, Keys, Keys)> {
    keys().prop_flat_map(|base| {
        let both = (changed(base.clone(), "mine"), changed(base.clone(), "tool"));
        both.prop_map(move |(yours, fresh)| (base.clone(), yours, fresh))
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_the_user_wrote_is_there((base, yours, fresh) in sides()) {
        let file = |text: String| tree(&[("Cargo.toml", &text)]);
        let theirs = file(written(&yours, Some(&base)));
        let outcomes = merge(&file(written(&base, None)), &theirs, &file(written(&fresh, None)), &tool);
        let merged = String::from_utf8(after(&theirs, &outcomes).0["Cargo.toml"].to_vec()).expect("UTF-8");
        for (key, value) in yours.iter().filter(|(key, value)| base.get(*key) != Some(*value)) {
            let comment = format!("# mine {key}");
            prop_assert!(merged.contains(&comment), "`{}` is gone:\n{}", comment, merged);
            // Entries of lists may come beside those of the user's.
            let first = value.lines().next().unwrap_or_default().trim_end_matches(|c| "]}".contains(c));
            let first = format!("{key} = {}", first.trim_end());
            prop_assert!(merged.contains(&first) || value.contains('['), "`{}` is gone:\n{}", first, merged);
        }
        for (key, _) in base.iter().filter(|(key, _)| !yours.contains_key(*key)) {
            let is_there = merged.lines().any(|line| line.starts_with(&format!("{key} = ")));
            let is_marked = merged.contains("<<<<<<< yours");
            prop_assert!(!is_there || is_marked, "`{}` is back:\n{}", key, merged);
        }
    }

    #[test]
    fn what_is_merged_can_be_read((base, yours, fresh) in sides()) {
        let file = |text: String| tree(&[("Cargo.toml", &text)]);
        let theirs = file(written(&yours, Some(&base)));
        let outcomes = merge(&file(written(&base, None)), &theirs, &file(written(&fresh, None)), &tool);
        if let Some(super::Outcome::Merged(bytes)) = outcomes.get("Cargo.toml") {
            let text = String::from_utf8(bytes.to_vec()).expect("UTF-8");
            let read = text.parse::<toml_edit::DocumentMut>();
            prop_assert!(read.is_ok(), "{:?}\n{}", read, text);
        }
    }
}
