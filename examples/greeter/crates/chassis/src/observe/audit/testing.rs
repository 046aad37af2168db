//! What the tests of the audit share: calls that ended, and folders that vanish.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use std::{fs, process};

use http::Request;
use serde_json::Value;
use tonic::Code;

use crate::call::{Call, Outcome, testing};

/// A call with this request id.
pub(super) fn call(id: &str) -> Arc<Call> {
    let request = Request::builder().header("x-request-id", id);
    let (head, ()) = request.body(()).unwrap().into_parts();
    Arc::new(testing::unknown(&head))
}

/// A success.
pub(super) fn ok() -> Outcome {
    testing::outcome(Code::Ok, Duration::ZERO)
}

/// A folder of its own, removed in the end.
pub(super) struct Folder(PathBuf);

impl Folder {
    pub(super) fn new(name: &str) -> Self {
        let folder = format!("audit-{}-{name}", process::id());
        let path = std::env::temp_dir().join(folder);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// The names of the files in it, in their order.
    pub(super) fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.0).unwrap();
        let name = |entry: fs::DirEntry| entry.file_name().into_string().unwrap();
        let mut names: Vec<_> = entries.map(|entry| name(entry.unwrap())).collect();
        names.sort();
        names
    }

    /// The request ids of the records in a file.
    pub(super) fn ids(&self, name: &str) -> Vec<String> {
        let id = |line: &str| {
            let line: Value = serde_json::from_str(line).unwrap();
            line["request_id"].as_str().unwrap().to_owned()
        };
        let text = fs::read_to_string(self.file(name)).unwrap();
        text.lines().map(id).collect()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
