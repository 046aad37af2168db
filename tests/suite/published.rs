//! The protos of published crates, which cargo fetches and locks as dependencies of `tests/corpus`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

/// A version without its patch; ordered by age.
pub(crate) type Version = (u64, u64);

/// What cargo says of the locked packages.
static METADATA: LazyLock<serde_json::Value> = LazyLock::new(|| {
    let metadata = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    serde_json::from_slice(&metadata.stdout)
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&metadata.stderr)))
});

/// The folders of a package's locked versions.
pub(crate) fn packages(name: &str) -> BTreeMap<Version, PathBuf> {
    let packages = METADATA["packages"].as_array().expect("packages");
    let folder = |package: &serde_json::Value| {
        let mut numbers = package["version"].as_str()?.split('.');
        let mut number = || numbers.next()?.parse().ok();
        let version = (number()?, number()?);
        let manifest = Path::new(package["manifest_path"].as_str()?);
        (package["name"] == name).then(|| Some((version, manifest.parent()?.to_owned())))?
    };
    packages.iter().filter_map(folder).collect()
}

/// Every proto below the folder that has a service, sorted.
pub(crate) fn services(root: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder)
            .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        {
            let path = entry.expect("an entry").path();
            let is_proto = path
                .extension()
                .is_some_and(|extension| extension == "proto");
            // A `vendor` is a root of its own.
            if path.is_dir() && !path.ends_with("vendor") {
                folders.push(path);
            } else if is_proto && has_service(&path) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn has_service(path: &Path) -> bool {
    let text = std::fs::read(path).expect("a file");
    let text = String::from_utf8_lossy(&text);
    let mut lines = text.lines();
    lines.any(|line| line.starts_with("service ") && line.contains('{'))
}
