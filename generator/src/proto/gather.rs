//! Finds and reads the given files and all that they import.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::PathBuf;

use prost_types::FileDescriptorProto;

use super::roots::Roots;
use super::{Include, Request, Source, locate, parse, policy, read, third_party};
use crate::error::{Problem, Result};

/// The files that were reached, and what was wrong with some.
pub(super) struct Gathered {
    /// The given ones first, then the imports in the order in which they were met.
    pub(super) files: Vec<Loaded>,
    /// What is wrong so far.
    pub(super) problems: Vec<Problem>,
    /// A file in whose place our own was taken: see [`policy`].
    pub(super) not_read: Option<PathBuf>,
}

/// One file.
pub(super) struct Loaded {
    /// The text and its names.
    pub(super) source: Source,
    /// What it says; `None` if that is told as a problem, or was moved on.
    pub(super) descriptor: Option<FileDescriptorProto>,
}

/// Reads the files of a request and their imports.
///
/// # Errors
/// Nothing was asked for. All that is wrong with single files is in the result.
pub(super) fn from_disk(request: &Request) -> Result<Gathered> {
    if request.protos.is_empty() {
        return Err(Problem::new("no `.proto` file is given")
            .hint("name one with `--proto FILE`")
            .into());
    }
    let mut gathering = Gathering {
        roots: Roots::new(&request.includes),
        ..Gathering::default()
    };
    gathering
        .problems
        .extend(request.includes.iter().filter_map(not_a_directory));
    let given = gathering.given(&request.protos);
    gathering.name(&given);
    gathering.imports();
    Ok(gathering.done())
}

/// Takes a text that is part of the binary.
///
/// # Errors
/// None so far: what is wrong is in the result.
pub(super) fn embedded(name: &str, text: &str) -> Result<Gathered> {
    let mut gathering = Gathering::default();
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).to_owned();
    let source = Source {
        name: name.to_owned(),
        path: PathBuf::new(),
        text,
        given: true,
    };
    gathering.load(source);
    gathering.names.insert(name.to_owned(), 0);
    gathering.imports();
    Ok(gathering.done())
}

/// The files so far, and how to find them again.
pub(super) struct Gathering<'a> {
    /// Where to look.
    pub(super) roots: Roots<'a>,
    /// What was read.
    pub(super) files: Vec<Loaded>,
    /// What is wrong.
    pub(super) problems: Vec<Problem>,
    /// Where a file of this import name is in `files`.
    pub(super) names: BTreeMap<String, usize>,
    /// Where the file that really lies there is in `files`.
    pub(super) identities: BTreeMap<PathBuf, usize>,
    /// A file in whose place our own was taken.
    pub(super) not_read: Option<PathBuf>,
}

impl Default for Gathering<'_> {
    fn default() -> Self {
        Self {
            roots: Roots::new(&[]),
            files: Vec::new(),
            problems: Vec::new(),
            names: BTreeMap::new(),
            identities: BTreeMap::new(),
            not_read: None,
        }
    }
}

impl Gathering<'_> {
    /// Reads what the files import, and what that imports.
    fn imports(&mut self) {
        let mut waiting: VecDeque<usize> = (0..self.files.len()).collect();
        let mut well_known = BTreeSet::new();
        while let Some(at) = waiting.pop_front() {
            let Some(descriptor) = self.files.get(at).and_then(|file| file.descriptor.as_ref())
            else {
                continue;
            };
            let imports = descriptor.dependency.clone();
            for (n, import) in imports.iter().enumerate() {
                if imports.iter().take(n).any(|earlier| earlier == import) {
                    let problem = Problem::new(format!("`{import}` is imported twice"))
                        .hint("remove one of the lines");
                    self.problems.push(self.at_import(problem, at, n));
                    continue;
                }
                if self.names.contains_key(import) || well_known.contains(import) {
                    continue;
                }
                if parse::well_known(import).is_some() {
                    well_known.insert(import.clone());
                } else if let Some(new) = self.import(import, at, n) {
                    waiting.push_back(new);
                }
            }
        }
    }

    /// Reads what the `n`th import of the file `at` means; returns where it is in `files`.
    fn import(&mut self, import: &str, at: usize, n: usize) -> Option<usize> {
        let importer = self.files.get(at)?.source.path.clone();
        // An embedded file has no surroundings.
        let found = if importer.as_os_str().is_empty() {
            None
        } else {
            self.roots.find(import, &importer)
        };
        let Some(path) = found else {
            if import == policy::NAME {
                self.names.insert(import.to_owned(), self.files.len());
                self.load(policy::source(false));
                return self.files.len().checked_sub(1);
            }
            let problem = Problem::new(format!("the import `{import}` is not found"))
                .hint(third_party::hint(import));
            self.problems.push(self.at_import(problem, at, n));
            return None;
        };
        let identity = read::identity(&path).unwrap_or_else(|| path.clone());
        if let Some(other) = self
            .identities
            .get(&identity)
            .and_then(|other| self.files.get(*other))
        {
            // A file that is broken may have no name yet, and is told about already.
            if other.descriptor.is_some() {
                let problem = Problem::new(format!(
                    "`{}` is reached under two names, `{}` and `{import}`",
                    other.source.shown(),
                    other.source.name
                ))
                .hint(
                    "import it by one name everywhere; `--include DIR` says what names start from",
                );
                self.problems.push(self.at_import(problem, at, n));
            }
            return None;
        }
        // Noted even if it cannot be read, so that this is told once and not by each importer.
        let new = self.files.len();
        self.identities.insert(identity, new);
        self.names.insert(import.to_owned(), new);
        let source = |text| Source {
            name: import.to_owned(),
            path: path.clone(),
            text,
            given: false,
        };
        match read::text(&path) {
            text if import == policy::NAME && text.as_deref() != Ok(policy::TEXT) => {
                self.load(policy::source(false));
                self.not_read = Some(path);
            }
            Ok(text) => self.load(source(text)),
            Err(problem) => {
                self.problems.push(problem);
                self.files.push(Loaded {
                    source: source(String::new()),
                    descriptor: None,
                });
            }
        }
        Some(new)
    }

    /// Parses a file and adds it.
    pub(super) fn load(&mut self, source: Source) {
        let descriptor = match parse::parse(&source.name, &source.text, &source.shown()) {
            Ok(descriptor) => Some(descriptor),
            Err(problems) => {
                self.problems.extend(problems);
                None
            }
        };
        self.files.push(Loaded { source, descriptor });
    }

    /// Places a problem at the `n`th import of the file `at`.
    fn at_import(&self, problem: Problem, at: usize, n: usize) -> Problem {
        match self.files.get(at) {
            Some(file) => at_import(problem, file, n),
            None => problem,
        }
    }

    fn done(self) -> Gathered {
        Gathered {
            files: self.files,
            problems: self.problems,
            not_read: self.not_read,
        }
    }
}

/// Places a problem at the `n`th import of a file.
pub(super) fn at_import(problem: Problem, file: &Loaded, n: usize) -> Problem {
    let path = [3, i32::try_from(n).unwrap_or_default()];
    let info = file
        .descriptor
        .as_ref()
        .and_then(|descriptor| descriptor.source_code_info.as_ref());
    let span = info.and_then(|info| info.location.iter().find(|location| location.path == path));
    let line = span
        .and_then(|location| location.span.first())
        .and_then(|line| usize::try_from(*line).ok());
    let byte = span
        .and_then(|location| location.span.get(1))
        .and_then(|byte| usize::try_from(*byte).ok());
    let place = line.zip(byte).map(|(line, byte)| {
        (
            u32::try_from(line + 1).unwrap_or(u32::MAX),
            locate::column(&file.source.text, line, byte),
        )
    });
    problem.at(
        file.source.shown(),
        place.map(|place| place.0),
        place.map(|place| place.1),
    )
}

/// A word on an include that cannot be one.
fn not_a_directory(include: &Include) -> Option<Problem> {
    let shown = include.dir.display();
    (!include.dir.is_dir()).then(|| {
        Problem::new(format!("`{shown}` is not a directory"))
            .hint("`--include` names the directory that imports start from")
    })
}
