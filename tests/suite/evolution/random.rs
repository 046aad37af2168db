//! Protos that nobody thought of.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use protosmith::evolution::Breaks;

use super::{changes, proto};

/// Messages, enums and services of few names and numbers, so that two of them share some.
pub(super) fn bodies() -> impl Strategy<Value = String> {
    let kind = prop_oneof![
        Just("int32"),
        Just("uint32"),
        Just("sint32"),
        Just("int64"),
        Just("bool"),
        Just("string"),
        Just("bytes"),
        Just("double"),
        Just("fixed32"),
        Just("sfixed64"),
        Just("E"),
        Just("N"),
        Just("N.E"),
        Just("optional int32"),
        Just("repeated string"),
        Just("map<string, int32>"),
        Just("optional N"),
        Just("repeated E"),
        Just("int64 JS"),
        Just("float"),
    ];
    let field = proptest::option::weighted(0.7, (0..5_usize, kind));
    let fields = proptest::collection::vec(field, 5);
    let value = proptest::option::weighted(0.7, 0..4_usize);
    let values = proptest::collection::vec(value, 4);
    let method = (0..3_usize, any::<bool>(), any::<bool>(), any::<bool>());
    let methods = proptest::collection::vec(method, 0..3);
    let parts = (
        fields,
        values,
        methods,
        0..4_usize,
        0..4_usize,
        any::<bool>(),
    );
    parts.prop_map(|(fields, values, methods, reserved, oneof, own)| {
        let mut text = String::from("message M {\n");
        let mut names = BTreeSet::new();
        for (number, field) in fields.into_iter().enumerate() {
            let number = number + 1;
            let Some((name, kind)) = field.filter(|(name, _)| names.insert(*name)) else {
                if number <= reserved {
                    text += &format!("reserved {number};\n");
                }
                continue;
            };
            let is_singular = !kind.contains(['<', ' ']);
            let option = if kind.ends_with("JS") {
                " [jstype = JS_STRING]"
            } else {
                ""
            };
            let field = format!(
                "{} f{name} = {number}{option};",
                kind.trim_end_matches(" JS")
            );
            text += &match is_singular && number == oneof {
                true => format!("oneof o{} {{ {field} }}\n", name % 2),
                false => field + "\n",
            };
        }
        if let Some(free) = (0..5)
            .find(|name| !names.contains(name))
            .filter(|_| reserved > 1)
        {
            text += &format!("reserved \"f{free}\";\n");
        }
        text += "}\nmessage N { enum E { NX = 0; } }\nenum E {\nX = 0;\n";
        let mut names = BTreeSet::new();
        for (number, name) in values.into_iter().enumerate() {
            match name.filter(|name| names.insert(*name)) {
                Some(name) => text += &format!("V{name} = {};\n", number + 1),
                None if number < reserved => text += &format!("reserved {};\n", number + 1),
                None => {}
            }
        }
        text += "}\n";
        if own {
            text += "message Own { int32 a = 1; message In {} }\n";
        }
        text += "service S {\n";
        let mut names = BTreeSet::new();
        for (name, request, response, stream) in methods {
            if names.insert(name) {
                let message = |is: bool| if is { "M" } else { "N" };
                let stream = if stream { "stream " } else { "" };
                text += &format!(
                    "rpc R{name}({stream}{}) returns ({});\n",
                    message(request),
                    message(response)
                );
            }
        }
        text + "}\n"
    })
}

/// Everything that differs has a place and words, and nothing differs from itself.
#[test]
fn any_two_protos_compare() {
    let config = Config {
        cases: 200,
        failure_persistence: None,
        ..Config::default()
    };
    let result = TestRunner::new(config).run(&(bodies(), bodies()), |(before, after)| {
        let (before, after) = (proto(0, &before), proto(0, &after));
        assert_eq!(changes(&before, &before), []);
        for change in changes(&before, &after) {
            let line = change.at.as_ref().and_then(|at| at.line);
            let lines = after.lines().count() as u32;
            assert!(
                line.is_none_or(|line| (1..=lines).contains(&line)),
                "{change:?}"
            );
            assert!(
                !change.message.is_empty()
                    && (change.rule.is_some() == (change.breaks > Breaks::Nothing)),
                "{change:?}"
            );
        }
        Ok(())
    });
    result.unwrap_or_else(|error| panic!("{error}"));
}
