//! Every object that kustomize renders is one of Kubernetes' own types, with no field that the type does not have.
#![allow(clippy::disallowed_methods, reason = "a test writes what is rendered")]

use std::path::Path;
use std::process::Command;

use protosmith::feature::{Choice, Preset};
use protosmith::{Request, write};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// The value as the type has it: a field that the type does not know is gone, a wrong one is an error.
fn read<T: DeserializeOwned + Serialize>(value: &Value) -> Result<Value, serde_json::Error> {
    serde_json::to_value(T::deserialize(value)?)
}

/// Reads an object as the type of its kind, in the types of one version.
macro_rules! typed {
    ($version:ident, $object:expr) => {{
        use $version::api::{apps, autoscaling, core, networking, policy};
        let object: &Value = $object;
        let kind =
            [&object["apiVersion"], &object["kind"]].map(|text| text.as_str().expect("a text"));
        match kind {
            ["v1", "ConfigMap"] => read::<core::v1::ConfigMap>(object),
            ["v1", "Namespace"] => read::<core::v1::Namespace>(object),
            ["v1", "Service"] => read::<core::v1::Service>(object),
            ["v1", "ServiceAccount"] => read::<core::v1::ServiceAccount>(object),
            ["apps/v1", "Deployment"] => read::<apps::v1::Deployment>(object),
            ["autoscaling/v2", "HorizontalPodAutoscaler"] => {
                read::<autoscaling::v2::HorizontalPodAutoscaler>(object)
            }
            ["networking.k8s.io/v1", "NetworkPolicy"] => {
                read::<networking::v1::NetworkPolicy>(object)
            }
            ["policy/v1", "PodDisruptionBudget"] => read::<policy::v1::PodDisruptionBudget>(object),
            other => panic!("{other:?} is no kind that is rendered"),
        }
    }};
}

/// What kustomize makes of an overlay, less the kinds of Prometheus' operator, which are no part of Kubernetes.
fn objects(workspace: &Path, overlay: &str) -> Vec<Value> {
    let output = Command::new("kubectl")
        .arg("kustomize")
        .arg(workspace.join("deploy/k8s/overlays").join(overlay))
        .output()
        .expect("kubectl is installed");
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let objects: Vec<Value> = serde_saphyr::from_multiple(&text).expect("YAML");
    let is_foreign = |object: &Value| object["apiVersion"] == "monitoring.coreos.com/v1";
    objects
        .into_iter()
        .filter(|object| !is_foreign(object))
        .collect()
}

/// Renders the sample with these features into a folder.
fn rendered(preset: Preset, with: &[&str]) -> tempfile::TempDir {
    let choice = Choice {
        preset,
        with: with.iter().map(|&name| name.to_owned()).collect(),
        without: Vec::new(),
    };
    let request = Request {
        name: "typed".to_owned(),
        choice,
        ..Request::default()
    };
    let folder = tempfile::tempdir().expect("a folder");
    let rendered = protosmith::render(&request).expect("the sample renders");
    write::create(folder.path(), &rendered.tree).expect("it is written");
    folder
}

#[test]
fn every_object_is_of_a_type_of_kubernetes() {
    let sets: [(Preset, &[&str]); 2] = [
        (Preset::Full, &[]),
        (Preset::Minimal, &["docker", "health", "kubernetes"]),
    ];
    for (preset, with) in sets {
        let folder = rendered(preset, with);
        for overlay in ["dev", "prod"] {
            let objects = objects(folder.path(), overlay);
            assert!(objects.len() >= 8, "{} objects", objects.len());
            for object in objects {
                for (version, read) in [
                    ("1.30", typed!(oldest, &object)),
                    ("1.37", typed!(newest, &object)),
                ] {
                    let read = read.unwrap_or_else(|error| panic!("{version}: {error}: {object}"));
                    assert_eq!(read, object, "{version} does not know all of it");
                }
            }
        }
    }
}

/// A field that is misspelt does not pass.
#[test]
fn what_a_type_does_not_have_is_seen() {
    let account = serde_json::json!({
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "automountServiceAcountToken": false,
    });
    assert_ne!(typed!(newest, &account).expect("it is read"), account);
    let wrong = serde_json::json!({
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "automountServiceAccountToken": "no",
    });
    assert!(typed!(oldest, &wrong).is_err());
}
