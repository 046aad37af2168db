//! Where and how large a service runs: the table `deploy` of `protosmith.toml`.
//!
//! Only what differs between services that are otherwise alike. Ports and times are settings of the
//! server, whose files every way of running it reads.

use std::ops::Range;

use serde::Deserialize;
use serde_json::{Value, json};
use toml::Spanned;

use crate::error::Problem;

/// Where and how large a service runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deploy {
    /// The container image, without a tag: `registry.example.com/team/greeter`. Default: the project's name.
    pub image: String,
    /// The name by which clients reach it, which its certificate has. Default `localhost`.
    pub host: String,
    /// Whether nginx and the servers speak TLS, and know each other by their certificates. Default false.
    pub mutual_tls: bool,
    /// The namespace of its Kubernetes objects. Default: the project's name.
    pub namespace: String,
    /// Servers at the least. Default 3.
    pub replicas: u32,
    /// Servers at the most. Default 10.
    pub most_replicas: u32,
    /// What one server is promised, and what it may take at the most.
    pub resources: Resources,
}

/// What one server gets, as Kubernetes writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resources {
    /// Processor time that is promised. Default `250m`: a quarter of a core.
    pub cpu: String,
    /// Memory that is promised. Default `256Mi`.
    pub memory: String,
    /// Processor time that is not exceeded. Default `500m`.
    pub most_cpu: String,
    /// Memory that is not exceeded: the server ends if it needs more. Default `512Mi`.
    pub most_memory: String,
}

impl Deploy {
    /// What holds for a project of that name unless somebody says otherwise.
    pub fn new(name: &str) -> Self {
        Self {
            image: name.to_owned(),
            host: "localhost".to_owned(),
            mutual_tls: false,
            namespace: name.to_owned(),
            replicas: 3,
            most_replicas: 10,
            resources: Resources {
                cpu: "250m".to_owned(),
                memory: "256Mi".to_owned(),
                most_cpu: "500m".to_owned(),
                most_memory: "512Mi".to_owned(),
            },
        }
    }

    /// Name and value of each variable of the composition files; what is no bool is a text.
    pub(crate) fn variables(&self) -> [(&'static str, Value); 10] {
        let resources = &self.resources;
        [
            ("image", json!(self.image)),
            ("host", json!(self.host)),
            ("mutual_tls", json!(self.mutual_tls)),
            ("namespace", json!(self.namespace)),
            ("replicas", json!(self.replicas.to_string())),
            ("most_replicas", json!(self.most_replicas.to_string())),
            ("cpu", json!(resources.cpu)),
            ("memory", json!(resources.memory)),
            ("most_cpu", json!(resources.most_cpu)),
            ("most_memory", json!(resources.most_memory)),
        ]
    }
}

/// The table as it is written: what is not there has its default.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Given {
    image: Option<Spanned<String>>,
    host: Option<Spanned<String>>,
    pub(crate) mutual_tls: Option<Spanned<bool>>,
    namespace: Option<Spanned<String>>,
    replicas: Option<Spanned<u32>>,
    most_replicas: Option<Spanned<u32>>,
    #[serde(default)]
    resources: GivenResources,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct GivenResources {
    cpu: Option<Spanned<String>>,
    memory: Option<Spanned<String>>,
    most_cpu: Option<Spanned<String>>,
    most_memory: Option<Spanned<String>>,
}

impl Given {
    /// The table with the defaults of a project of that name, and each thing that is wrong with it.
    pub(crate) fn over_defaults(self, name: &str) -> (Deploy, Vec<(Problem, Range<usize>)>) {
        let mut deploy = Deploy::new(name);
        let mut problems = Vec::new();
        let resources = &mut deploy.resources;
        for (key, given, value, fits, such_as) in [
            (
                "image",
                self.image,
                &mut deploy.image,
                is_image as Fits,
                "registry.example.com/team/greeter",
            ),
            (
                "host",
                self.host,
                &mut deploy.host,
                is_host,
                "greeter.example.com",
            ),
            (
                "namespace",
                self.namespace,
                &mut deploy.namespace,
                is_label,
                "greeter",
            ),
            (
                "resources.cpu",
                self.resources.cpu,
                &mut resources.cpu,
                is_quantity,
                "250m",
            ),
            (
                "resources.memory",
                self.resources.memory,
                &mut resources.memory,
                is_quantity,
                "256Mi",
            ),
            (
                "resources.most_cpu",
                self.resources.most_cpu,
                &mut resources.most_cpu,
                is_quantity,
                "500m",
            ),
            (
                "resources.most_memory",
                self.resources.most_memory,
                &mut resources.most_memory,
                is_quantity,
                "512Mi",
            ),
        ] {
            let Some(given) = given else { continue };
            if !fits(given.get_ref()) {
                let message = format!("`{}` is no value for `deploy.{key}`", given.get_ref());
                let problem = Problem::new(message).hint(format!("write it such as `{such_as}`"));
                problems.push((problem, given.span()));
            }
            *value = given.into_inner();
        }
        deploy.mutual_tls = self.mutual_tls.is_some_and(Spanned::into_inner);
        let mut span = 0..0;
        for (given, value) in [
            (self.replicas, &mut deploy.replicas),
            (self.most_replicas, &mut deploy.most_replicas),
        ] {
            let Some(given) = given else { continue };
            span = given.span();
            *value = given.into_inner();
        }
        if deploy.replicas == 0 || deploy.replicas > deploy.most_replicas {
            let Deploy {
                replicas,
                most_replicas,
                ..
            } = deploy;
            let message = format!("{replicas} to {most_replicas} replicas cannot be");
            let hint = "`deploy.replicas` is at least 1, and at most `deploy.most_replicas`";
            problems.push((Problem::new(message).hint(hint), span));
        }
        (deploy, problems)
    }
}

/// Whether a text can stand for a value.
type Fits = fn(&str) -> bool;

/// The name of an image without a tag: a colon is that of a port, so a path follows it.
fn is_image(text: &str) -> bool {
    let is_part = |part: &str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-".contains(&b))
    };
    let (registry, path) = text.split_once('/').unwrap_or(("", text));
    let registry =
        registry
            .split_once(':')
            .map_or(registry, |(host, port)| match port.parse::<u16>() {
                Ok(_) => host,
                Err(_) => ":",
            });
    (registry.is_empty() || is_part(registry)) && path.split('/').all(is_part)
}

fn is_host(text: &str) -> bool {
    !text.is_empty() && text.len() <= 253 && text.split('.').all(is_label)
}

/// A name as DNS and Kubernetes have it.
fn is_label(text: &str) -> bool {
    let ends =
        |end: Option<char>| end.is_some_and(|end| end.is_ascii_lowercase() || end.is_ascii_digit());
    text.len() <= 63
        && ends(text.chars().next())
        && ends(text.chars().last())
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// An amount as Kubernetes writes it: a number and perhaps a unit.
fn is_quantity(text: &str) -> bool {
    let unit = text.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    let number = text.strip_suffix(unit).unwrap_or_default();
    number.parse::<f64>().is_ok_and(|number| number > 0.0)
        && matches!(unit, "" | "m" | "k" | "M" | "G" | "Ki" | "Mi" | "Gi")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Deploy, Vec<String>) {
        let given: Given = toml::from_str(text).expect("it is TOML of the right types");
        let (deploy, problems) = given.over_defaults("greeter");
        let problems = problems.into_iter().map(|(problem, _)| problem.message);
        (deploy, problems.collect())
    }

    #[test]
    fn what_is_not_there_has_its_default() {
        assert_eq!(read(""), (Deploy::new("greeter"), Vec::new()));
        let (deploy, problems) = read("replicas = 5\n[resources]\nmemory = '1Gi'");
        assert_eq!((deploy.replicas, &*deploy.resources.memory), (5, "1Gi"));
        assert_eq!((deploy.most_replicas, problems.len()), (10, 0));
        assert!(!deploy.mutual_tls && read("mutual_tls = true").0.mutual_tls);
    }

    #[test]
    fn what_a_manifest_cannot_have_is_refused() {
        for text in [
            "image = 'greeter:v1'",
            "image = 'https://greeter'",
            "host = 'two words'",
            "namespace = 'Greeter'",
            "replicas = 0",
            "replicas = 11",
            "[resources]\ncpu = 'much'",
            "[resources]\nmemory = '0Mi'",
        ] {
            assert_eq!(read(text).1.len(), 1, "{text}");
        }
        for text in [
            "image = 'localhost:5000/team/greeter'",
            "host = 'greeter.example.com'",
        ] {
            assert!(read(text).1.is_empty(), "{text}");
        }
    }
}
