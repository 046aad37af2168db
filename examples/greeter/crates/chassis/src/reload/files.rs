//! Tells when files change, by whichever way: written in place, replaced by another, or behind a
//! link that now leads elsewhere, as Kubernetes replaces a ConfigMap.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::Notify;
use tokio::task::spawn_blocking;
use tracing::warn;

/// Most links that lead from one to the next.
const LINKS: usize = 16;

/// What files look like from outside: two marks differ if one of the files has changed.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Marks(Vec<Option<Mark>>);

/// What one file looks like.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Mark {
    /// The file itself, behind all links.
    path: PathBuf,
    length: u64,
    modified: Option<SystemTime>,
    number: u64,
}

impl Marks {
    /// Those of `files` now; none when the runtime ends.
    pub(super) async fn of(files: &[PathBuf]) -> Self {
        let files = files.to_vec();
        let marks = spawn_blocking(move || Self(files.iter().map(|file| Mark::of(file)).collect()));
        marks.await.unwrap_or_default()
    }
}

impl Mark {
    /// None if the file cannot be looked at.
    fn of(file: &Path) -> Option<Self> {
        let path = fs::canonicalize(file).ok()?;
        let metadata = fs::metadata(&path).ok()?;
        Some(Self {
            path,
            length: metadata.len(),
            modified: metadata.modified().ok(),
            number: number(&metadata),
        })
    }
}

#[cfg(unix)]
fn number(metadata: &fs::Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(metadata)
}

#[cfg(not(unix))]
fn number(_: &fs::Metadata) -> u64 {
    0
}

/// Hears of changes in the folders of files.
#[derive(Debug)]
pub(super) struct Events {
    heard: Arc<Notify>,
    /// None if it is not to listen, and where the system has none left, or has none for this file system.
    _watcher: Option<RecommendedWatcher>,
}

impl Events {
    /// Listens to the folders of `files`, and to those that their links lead through, if it is to
    /// `listen` at all.
    pub(super) async fn of(files: &[PathBuf], listen: bool) -> Self {
        let heard = Arc::new(Notify::new());
        let (files, hearing) = (files.to_vec(), Arc::clone(&heard));
        let watcher = spawn_blocking(move || listen.then(|| watcher(&files, hearing)).transpose());
        let watcher = watcher.await.unwrap_or(Ok(None)).unwrap_or_else(|error| {
            warn!(%error, "the system tells of no changes to files: they are looked at now and then");
            None
        });
        Self {
            heard,
            _watcher: watcher,
        }
    }

    /// Waits for a change in one of the folders; perhaps of another file.
    pub(super) async fn next(&self) {
        self.heard.notified().await;
    }
}

fn watcher(files: &[PathBuf], heard: Arc<Notify>) -> notify::Result<RecommendedWatcher> {
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        // Whoever reads a file is heard as well, and that is mostly us.
        let is_read = event.is_ok_and(|event| matches!(event.kind, EventKind::Access(_)));
        if !is_read {
            heard.notify_one();
        }
    })?;
    for folder in folders(files) {
        watcher.watch(&folder, RecursiveMode::NonRecursive)?;
    }
    Ok(watcher)
}

/// The folders in which a change may mean one of the files.
fn folders(files: &[PathBuf]) -> BTreeSet<PathBuf> {
    let mut folders = BTreeSet::new();
    for file in files {
        let mut path = file.clone();
        for _ in 0..LINKS {
            let folder = folder(&path).to_owned();
            let next = fs::read_link(&path).map(|target| folder.join(target));
            if folder.is_dir() {
                folders.insert(folder);
            }
            match next {
                Ok(target) => path = target,
                Err(_) => break,
            }
        }
    }
    folders
}

fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}
