//! What the protos ask for and no selected feature gives.
//!
//! In: the model, what features there are, and which are selected. Out: one warning for each kind of
//! wish, at the first method that has it; none, if everything is enforced. A timeout always is.

use crate::error::Problem;
use crate::feature::{Manifest, Selection};
use crate::model::{Access, Method, Model, Policy, Service};

/// One kind of wish.
struct Kind {
    /// What enforces it.
    feature: &'static str,
    /// How a proto says it, as messages show it.
    options: &'static str,
    /// Whether a policy has it.
    declared: fn(&Policy) -> bool,
}

const KINDS: [Kind; 3] = [
    Kind {
        feature: "auth",
        options: "`public` or `roles`",
        declared: |policy| policy.access != Access::Token,
    },
    Kind {
        feature: "rate-limit",
        options: "`rate`",
        declared: |policy| policy.caller_rate.is_some() || policy.total_rate.is_some(),
    },
    Kind {
        feature: "diagnostics",
        options: "`slow`",
        declared: |policy| policy.slow.is_some(),
    },
];

/// The warnings, in a fixed order of the features.
pub(crate) fn warnings(manifest: &Manifest, features: &Selection, model: &Model) -> Vec<Problem> {
    let mut warnings = Vec::new();
    for kind in KINDS {
        let Kind {
            feature,
            options,
            declared,
        } = kind;
        if features.contains(feature) {
            continue;
        }
        let methods = model.services.iter().flat_map(|service| {
            let methods = service.methods.iter();
            methods.map(move |method| (service, method))
        });
        let mut declaring = methods.filter(|(_, method)| declared(&method.policy));
        let Some((service, method)) = declaring.next() else {
            continue;
        };
        let more = match declaring.count() {
            0 => String::new(),
            1 => " and another method".to_owned(),
            n => format!(" and {n} more methods"),
        };
        let message = format!(
            "nothing enforces {options}, declared by `{}/{}`{more}, without the feature `{feature}`",
            service.full_name(),
            method.name
        );
        let hint = match manifest.feature(feature) {
            Some(_) => format!("add it with `--with {feature}`"),
            None => "the feature is not in this version yet; until then, see to it in the handler \
                     or in front of the server"
                .to_owned(),
        };
        warnings.push(at(Problem::new(message).hint(hint), model, service, method));
    }
    warnings
}

/// Places a problem at a method.
fn at(problem: Problem, model: &Model, service: &Service, method: &Method) -> Problem {
    let file = model.files.iter().find(|file| file.name == service.file);
    let shown = file.map_or(&service.file, |file| &file.shown);
    problem.at(shown.clone(), method.line, None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feature::{Choice, Preset, select};
    use crate::proto::compile_embedded;
    use crate::{model, template};

    const PROTO: &str = "\
syntax = 'proto3';
package p;
import 'protosmith/options.proto';
message M {}
service S {
  rpc A(M) returns (M) { option (protosmith.method) = { timeout: '5s' }; }
  rpc B(M) returns (M) { option (protosmith.method) = { public: true }; }
  rpc C(M) returns (M) { option (protosmith.method) = { roles: 'a', slow: '1s' }; }
  rpc D(M) returns (M) { option (protosmith.method) = { rate { total: '1/s' } }; }
  rpc E(M) returns (M) { option (protosmith.method) = { rate { caller: '1/s' } roles: 'a' }; }
}
";

    /// The real manifest, with `there` selectable and selected, and `not_there` neither.
    fn warned(there: &[&str], not_there: &[&str], selected: bool) -> Vec<String> {
        let compiled = compile_embedded("p/s.proto", PROTO).expect("it compiles");
        let model = model::from_proto::model(&compiled).expect("it has a service");
        let mut manifest = Manifest::read(&template::embedded()).expect("the manifest is valid");
        manifest.features.retain(|feature| {
            !there.contains(&&*feature.name) && !not_there.contains(&&*feature.name)
        });
        let feature = |name: &&str| crate::feature::Feature {
            name: (*name).to_owned(),
            summary: String::new(),
            requires: Vec::new(),
            conflicts: Vec::new(),
            paths: Vec::new(),
        };
        manifest.features.extend(there.iter().map(feature));
        let with = if selected { there } else { &[] };
        let choice = Choice {
            preset: Preset::Minimal,
            with: with.iter().map(|name| (*name).to_owned()).collect(),
            without: Vec::new(),
        };
        let features = select(&manifest, &choice).expect("they can be selected");
        let warnings = warnings(&manifest, &features, &model);
        let text = |problem: Problem| crate::error::Error::from(problem).to_string();
        warnings.into_iter().map(text).collect()
    }

    #[test]
    fn what_nothing_enforces_is_told_once() {
        let all = ["auth", "rate-limit", "diagnostics"];
        assert!(warned(&all, &[], true).is_empty());
        assert_eq!(
            warned(&all, &[], false),
            [
                "error: nothing enforces `public` or `roles`, declared by `p.S/B` and 2 more methods, \
                 without the feature `auth`\n  --> p/s.proto:7\nhint: add it with `--with auth`",
                "error: nothing enforces `rate`, declared by `p.S/D` and another method, \
                 without the feature `rate-limit`\n  --> p/s.proto:9\nhint: add it with `--with rate-limit`",
                "error: nothing enforces `slow`, declared by `p.S/C`, \
                 without the feature `diagnostics`\n  --> p/s.proto:8\nhint: add it with `--with diagnostics`",
            ]
        );
        let planned = warned(&all[1..], &all[..1], true);
        assert_eq!(planned.len(), 1);
        assert!(planned[0].contains("is not in this version yet"));
    }
}
