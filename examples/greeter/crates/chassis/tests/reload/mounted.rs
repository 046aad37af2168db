//! A folder of files as the kubelet mounts a ConfigMap or a Secret.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;

use crate::folder;

/// Files that are links into `..data`, which is a link to a folder with a time, and is replaced as a
/// whole.
pub(crate) struct Mounted {
    pub(crate) folder: PathBuf,
    versions: u32,
}

impl Mounted {
    /// A folder of that name with such links; there is nothing behind them yet.
    pub(crate) fn new(name: &str, files: &[&str]) -> Self {
        let folder = folder(name);
        for file in files {
            symlink(format!("..data/{file}"), folder.join(file)).unwrap();
        }
        Self {
            folder,
            versions: 0,
        }
    }

    /// Replaces all files at once, by these names and contents, and takes the old ones away.
    pub(crate) fn publish(&mut self, files: &[(&str, &str)]) {
        let version = format!("..2026_{}", self.versions);
        let new = self.folder.join(&version);
        fs::create_dir(&new).unwrap();
        for (name, content) in files {
            fs::write(new.join(name), content).unwrap();
        }
        let link = self.folder.join("..data_tmp");
        symlink(&version, &link).unwrap();
        fs::rename(&link, self.folder.join("..data")).unwrap();
        if let Some(old) = self.versions.checked_sub(1) {
            fs::remove_dir_all(self.folder.join(format!("..2026_{old}"))).unwrap();
        }
        self.versions += 1;
    }
}
