//! Where well-known files that are not part of a project come from.

use super::policy;

/// The repositories behind import names: their start, the repository, and the directory in it that
/// the names start from.
const REPOSITORIES: &[(&str, &str, &str)] = &[
    (
        "google/protobuf/",
        "github.com/protocolbuffers/protobuf",
        "src",
    ),
    ("google/", "github.com/googleapis/googleapis", ""),
    ("grpc/", "github.com/grpc/grpc-proto", ""),
    (
        "buf/validate/",
        "github.com/bufbuild/protovalidate",
        "proto/protovalidate",
    ),
    ("validate/", "github.com/bufbuild/protoc-gen-validate", ""),
    (
        "protoc-gen-openapiv2/",
        "github.com/grpc-ecosystem/grpc-gateway",
        "",
    ),
    (
        "protoc-gen-swagger/",
        "github.com/grpc-ecosystem/grpc-gateway",
        "",
    ),
    ("gogoproto/", "github.com/gogo/protobuf", ""),
    ("envoy/", "github.com/envoyproxy/envoy", "api"),
    ("xds/", "github.com/cncf/xds", ""),
    ("udpa/", "github.com/cncf/xds", ""),
    (
        "opencensus/",
        "github.com/census-instrumentation/opencensus-proto",
        "src",
    ),
    (
        "opentelemetry/",
        "github.com/open-telemetry/opentelemetry-proto",
        "",
    ),
    (
        "io/prometheus/client/",
        "github.com/prometheus/client_model",
        "",
    ),
    ("cosmos/", "github.com/cosmos/cosmos-sdk", "proto"),
    ("cosmos_proto/", "github.com/cosmos/cosmos-proto", "proto"),
    ("tensorflow/", "github.com/tensorflow/tensorflow", ""),
];

/// What to do about an import that was not found.
pub(super) fn hint(import: &str) -> String {
    match source(import) {
        _ if import.starts_with("protosmith/") => {
            format!("what comes with protosmith is `{}`", policy::NAME)
        }
        Some((repository, include)) => {
            format!(
                "it comes from https://{repository}: clone that beside this project and add `--include {include}`"
            )
        }
        None => format!(
            "add `--include DIR`, where `DIR/{import}` is the file, or `--include PREFIX=DIR` for a part of the name"
        ),
    }
}

/// The repository, and what to write after `--include` when it is cloned beside the project.
fn source(import: &str) -> Option<(String, String)> {
    let mut parts = import.split('/');
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        // Imports in the way of Go: the repository is the name.
        (Some(host @ ("github.com" | "gitlab.com")), Some(owner), Some(name), Some(_)) => Some((
            format!("{host}/{owner}/{name}"),
            format!("{host}/{owner}/{name}=../{name}"),
        )),
        (Some("k8s.io"), Some(name), Some(_), _) => Some((
            format!("github.com/kubernetes/{name}"),
            format!("k8s.io/{name}=../{name}"),
        )),
        _ => {
            let (_, repository, dir) = REPOSITORIES
                .iter()
                .find(|(start, ..)| import.starts_with(start))?;
            let name = repository.rsplit('/').next()?;
            let slash = if dir.is_empty() { "" } else { "/" };
            Some(((*repository).to_owned(), format!("../{name}{slash}{dir}")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_repository_and_the_flag() {
        let tell =
            |import| source(import).map(|(repository, include)| format!("{repository} {include}"));
        assert_eq!(
            tell("google/api/annotations.proto").as_deref(),
            Some("github.com/googleapis/googleapis ../googleapis")
        );
        assert_eq!(
            tell("google/protobuf/go_features.proto").as_deref(),
            Some("github.com/protocolbuffers/protobuf ../protobuf/src")
        );
        assert_eq!(
            tell("buf/validate/validate.proto").as_deref(),
            Some("github.com/bufbuild/protovalidate ../protovalidate/proto/protovalidate")
        );
        assert_eq!(
            tell("github.com/acme/api/v1/a.proto").as_deref(),
            Some("github.com/acme/api github.com/acme/api=../api")
        );
        assert_eq!(
            tell("k8s.io/api/core/v1/generated.proto").as_deref(),
            Some("github.com/kubernetes/api k8s.io/api=../api")
        );
        assert_eq!(tell("mine.proto"), None);
        assert_eq!(tell("github.com/a.proto"), None);
    }
}
