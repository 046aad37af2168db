//! Reads the given files and finds the names under which they are imported.

use std::path::{Path, PathBuf};

use super::gather::Gathering;
use super::include::slashed;
use super::roots::{self, Clues};
use super::{Source, parse, policy, read};
use crate::error::Problem;

impl Gathering<'_> {
    /// Reads the given files, under no name yet; returns their absolute paths in the order of
    /// `files`. A file that is given twice is taken once.
    pub(super) fn given(&mut self, protos: &[PathBuf]) -> Vec<PathBuf> {
        let mut absolutes = Vec::new();
        for path in protos {
            let shown = path.display().to_string();
            let text = match read::text(path) {
                Ok(_)
                    if path
                        .extension()
                        .is_none_or(|extension| extension != "proto") =>
                {
                    let problem = Problem::new(format!("`{shown}` is not a `.proto` file"));
                    self.problems.push(problem.at(shown, None, None));
                    continue;
                }
                Ok(text) => text,
                Err(problem) => {
                    self.problems.push(problem);
                    continue;
                }
            };
            // The directory is resolved, the file is not: a link may stand in for a file elsewhere.
            let parent = path
                .parent()
                .filter(|parent| !parent.as_os_str().is_empty())
                .unwrap_or(Path::new("."));
            let (Some(identity), Some(parent), Some(file)) = (
                read::identity(path),
                read::identity(parent),
                path.file_name(),
            ) else {
                self.problems
                    .push(Problem::new(format!("`{shown}` went away")).at(shown, None, None));
                continue;
            };
            if self.identities.contains_key(&identity) {
                continue;
            }
            self.identities.insert(identity, self.files.len());
            absolutes.push(parent.join(file));
            self.load(Source {
                name: shown,
                path: path.clone(),
                text,
                given: true,
            });
        }
        absolutes
    }

    /// Gives the given files the names under which they are imported.
    pub(super) fn name(&mut self, absolutes: &[PathBuf]) {
        for (at, absolute) in absolutes.iter().enumerate() {
            let (name, root) = match self.roots.name_of(absolute) {
                Some(name) => (Some(name), None),
                None => {
                    let levels = self.levels(at, absolute);
                    let typed = self
                        .files
                        .get(at)
                        .map_or(absolute.as_path(), |file| file.source.path.as_path());
                    let below = absolute
                        .ancestors()
                        .nth(levels + 1)
                        .and_then(|root| absolute.strip_prefix(root).ok());
                    (
                        below.and_then(slashed),
                        Some(roots::root(typed, absolute, levels)),
                    )
                }
            };
            let Some(file) = self.files.get_mut(at) else {
                continue;
            };
            let shown = file.source.shown();
            let Some(name) =
                name.filter(|name| !name.contains(['\\', '"']) && !name.contains(char::is_control))
            else {
                self.problems.push(
                    Problem::new(format!("`{shown}` has a name that no import can have"))
                        .at(shown, None, None)
                        .hint("rename it; letters, digits, `_`, `-` and `.` are safe"),
                );
                continue;
            };
            file.source.name.clone_from(&name);
            if let Some(descriptor) = &mut file.descriptor {
                descriptor.name = Some(name.clone());
            }
            if let Some(root) = root {
                self.roots.add(root);
            }
            match self.names.get(&name).and_then(|other| self.files.get(*other)) {
                Some(other) => self.problems.push(
                    Problem::new(format!("`{shown}` and `{}` both get the import name `{name}`", other.source.shown()))
                        .at(shown, None, None)
                        .hint("name a directory above both with `--include DIR`, so that their names differ"),
                ),
                None => {
                    self.names.insert(name.clone(), at);
                }
            }
            if name == policy::NAME {
                self.ours(at);
            }
        }
    }

    /// Takes the file that comes with us in place of a given one of its name.
    fn ours(&mut self, at: usize) {
        let ours = policy::source(true);
        let Some(file) = self.files.get_mut(at) else {
            return;
        };
        if file.source.text != ours.text
            && let Ok(descriptor) = parse::parse(&ours.name, &ours.text, &ours.name)
        {
            self.not_read = Some(std::mem::replace(&mut file.source, ours).path);
            file.descriptor = Some(descriptor);
        }
    }

    /// How far above the file its root is.
    fn levels(&self, at: usize, absolute: &Path) -> usize {
        let Some(descriptor) = self.files.get(at).and_then(|file| file.descriptor.as_ref()) else {
            return 0;
        };
        let others = self
            .files
            .iter()
            .enumerate()
            .filter(|(other, _)| *other != at);
        let wanted: Vec<&str> = others
            .filter_map(|(_, file)| file.descriptor.as_ref())
            .flat_map(|descriptor| descriptor.dependency.iter().map(String::as_str))
            .collect();
        let open = |import: &&str| {
            parse::well_known(import).is_none() && self.roots.find(import, Path::new("")).is_none()
        };
        let imports = descriptor
            .dependency
            .iter()
            .map(String::as_str)
            .filter(open)
            .collect();
        Clues {
            file: absolute,
            package: descriptor.package(),
            imports,
            wanted: &wanted,
        }
        .levels()
    }
}
