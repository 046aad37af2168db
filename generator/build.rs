//! Rebuilds the generator when a file is added to the template: `include_dir` alone only sees
//! changes to files that it already embeds.
//!
//! It also tells the generator which build it is, so that `sync` knows without rendering whether it could
//! render anything else than the last time.
#![allow(
    clippy::disallowed_methods,
    reason = "a build script reads the files that it was made of"
)]

use std::path::{Path, PathBuf};

fn main() {
    println!("cargo::rerun-if-changed=template");
    println!("cargo::rerun-if-changed=generator");
    let mut files = Vec::new();
    collect(Path::new("template"), &mut files);
    collect(Path::new("generator"), &mut files);
    files.sort();
    // FNV-1a: not for security, only to tell builds apart.
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    let mut add = |bytes: &[u8]| {
        for byte in bytes {
            hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    };
    for file in &files {
        add(file.to_string_lossy().replace('\\', "/").as_bytes());
        add(&std::fs::read(file).unwrap_or_default());
    }
    println!("cargo::rustc-env=PROTOSMITH_BUILD={hash:016x}");
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            collect(&path, files);
        } else {
            files.push(path);
        }
    }
}
