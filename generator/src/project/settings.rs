//! `protosmith.toml`: what was asked for, as the user may have edited it.

use std::ops::Range;

use serde::Deserialize;
use toml::Spanned;

use crate::answers;
use crate::deploy::{Deploy, Given};
use crate::error::{Error, Problem, Result};
use crate::feature::{self, Choice, Manifest, Preset, Selection};
use crate::proto::locate::position;
use crate::tree::is_plain;

/// Where it lies in a project.
pub const FILE: &str = "protosmith.toml";

/// What was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The project's name, as [`answers::name`] makes it.
    pub name: String,
    /// Whether the sample's files are part of the project.
    pub sample: bool,
    /// The optional parts.
    pub features: Selection,
    /// The files that declare the services, relative to `proto/`.
    pub protos: Vec<String>,
    /// Where and how large it runs.
    pub deploy: Deploy,
    /// Files and folders that the user has taken over.
    pub yours: Vec<String>,
    /// Files and folders that the user has given to the tool.
    pub tool: Vec<String>,
    /// The folder of a team's template, relative to the project.
    pub template: Option<String>,
}

/// The folder of a team's template, in settings that may be wrong otherwise: its features are needed to tell.
pub(super) fn template(text: &str) -> Option<String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let table: toml::Table = toml::from_str(text).ok()?;
    Some(table.get("template")?.get("dir")?.as_str()?.to_owned())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    project: Project,
    features: List,
    proto: Proto,
    #[serde(default)]
    deploy: Given,
    #[serde(default)]
    files: Files,
    template: Option<Template>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Template {
    dir: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Project {
    name: Spanned<String>,
    #[serde(default)]
    sample: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    list: Vec<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Proto {
    files: Vec<Spanned<String>>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Files {
    #[serde(default)]
    yours: Vec<Spanned<String>>,
    #[serde(default)]
    tool: Vec<Spanned<String>>,
}

impl Settings {
    /// Reads the file; `shown` is its path in messages.
    ///
    /// # Errors
    /// Everything that is wrong with it, each with its line.
    pub fn read(text: &str, shown: &str, manifest: &Manifest) -> Result<Self> {
        let body = text.strip_prefix('\u{feff}').unwrap_or(text);
        let place = |problem: Problem, span: Range<usize>| {
            let (line, column) = position(body, span.start);
            problem.at(shown, line, column)
        };
        let file: File = toml::from_str(body).map_err(|error| {
            let problem = Problem::new(error.message().to_owned());
            place(problem, error.span().unwrap_or_default())
        })?;

        let mut problems = Vec::new();
        let name = match answers::name(file.project.name.get_ref()) {
            Ok(name) if name == *file.project.name.get_ref() => name,
            Ok(name) => {
                let message = format!("`{}` is not in kebab case", file.project.name.get_ref());
                let problem = Problem::new(message).hint(format!("write `{name}`"));
                problems.push(place(problem, file.project.name.span()));
                name
            }
            Err(error) => {
                let said = error.problems.into_iter().map(|problem| Problem {
                    hint: None,
                    ..problem
                });
                problems.extend(said.map(|problem| place(problem, file.project.name.span())));
                String::new()
            }
        };
        for name in &file.features.list {
            if manifest.feature(name.get_ref()).is_none() {
                let problem = feature::unknown(manifest, name.get_ref());
                problems.push(place(problem, name.span()));
            }
        }
        if file.proto.files.is_empty() {
            let at = body.find("files").unwrap_or_default();
            let problem = Problem::new("no file is in `proto.files`, expected at least one")
                .hint("name one, relative to `proto/`");
            problems.push(place(problem, at..at));
        }
        let paths = [&file.proto.files, &file.files.yours, &file.files.tool];
        for path in paths.into_iter().flatten() {
            if !is_path(path.get_ref()) {
                let message = format!("`{}` is no path in the project", path.get_ref());
                let problem = Problem::new(message)
                    .hint("write it with `/`, relative, and without `.` and `..`");
                problems.push(place(problem, path.span()));
            }
        }
        for path in &file.files.yours {
            if file
                .files
                .tool
                .iter()
                .any(|other| other.get_ref() == path.get_ref())
            {
                let message = format!("`{}` is in `yours` and in `tool`", path.get_ref());
                problems.push(place(Problem::new(message).hint("drop one"), path.span()));
            }
        }
        let mutual_tls = file.deploy.mutual_tls.as_ref().map(Spanned::span);
        let (deploy, wrong) = file.deploy.over_defaults(&name);
        problems.extend(
            wrong
                .into_iter()
                .map(|(problem, span)| place(problem, span)),
        );
        Error::check(problems)?;

        let words = |list: Vec<Spanned<String>>| -> Vec<String> {
            list.into_iter().map(Spanned::into_inner).collect()
        };
        let list = file.features.list.iter().map(Spanned::span);
        let list = list.reduce(|first, last| first.start..last.end);
        let choice = Choice {
            preset: Preset::Minimal,
            with: words(file.features.list),
            without: Vec::new(),
        };
        let features = feature::select(manifest, &choice).map_err(|error| {
            let placed = error.problems.into_iter();
            let placed = placed.map(|problem| place(problem, list.clone().unwrap_or_default()));
            Error {
                problems: placed.collect(),
            }
        })?;
        if deploy.mutual_tls && !["nginx", "tls"].iter().all(|name| features.contains(name)) {
            let problem = Problem::new("`deploy.mutual_tls` needs the features `nginx` and `tls`")
                .hint("add them to `features.list`, or set it to false");
            Error::check(vec![place(problem, mutual_tls.unwrap_or_default())])?;
        }
        let protos = words(file.proto.files);
        Ok(Self {
            sample: file.project.sample && protos.iter().any(|proto| proto == crate::SAMPLE),
            name,
            features,
            protos,
            deploy,
            yours: words(file.files.yours),
            tool: words(file.files.tool),
            template: file.template.map(|template| template.dir),
        })
    }
}

/// Whether it can be the path of a file, or of a folder with a slash at its end.
fn is_path(path: &str) -> bool {
    !path.contains('"') && is_plain(path.strip_suffix('/').unwrap_or(path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template;

    fn read(text: &str) -> Result<Settings> {
        let manifest = Manifest::read(&template::embedded()).expect("the manifest is valid");
        Settings::read(text, FILE, &manifest)
    }

    fn said(text: &str) -> String {
        read(text).expect_err("it is wrong").to_string()
    }

    #[test]
    fn what_is_rendered_is_read() {
        let rendered = crate::render(&crate::Request {
            name: "MyShop".to_owned(),
            ..crate::Request::default()
        });
        let rendered = rendered.expect("the sample renders");
        let text = std::str::from_utf8(&rendered.tree.0[FILE]).expect("UTF-8");
        let settings = read(&format!("\u{feff}{}", text.replace('\n', "\r\n")))
            .expect("it is whole, also as an editor on Windows leaves it");
        assert_eq!(settings.name, "my-shop");
        assert!(settings.sample);
        assert_eq!(settings.features, rendered.answers.features);
        assert_eq!(settings.protos, [crate::SAMPLE]);
    }

    #[test]
    fn every_mistake_is_said_at_its_line() {
        let wrong = said(
            "[project]\nname = \"MyShop\"\n[features]\nlist = [\n  \"helth\",\n  \"client\",\n]\n[proto]\nfiles = \
             [\"../a.proto\"]\n[files]\nyours = [\"a\"]\ntool = [\"a\"]\n",
        );
        for part in [
            "`MyShop` is not in kebab case\n  --> protosmith.toml:2:8",
            "no feature `helth`\n  --> protosmith.toml:5:3",
            "`../a.proto` is no path in the project\n  --> protosmith.toml:9:10",
            "`a` is in `yours` and in `tool`\n  --> protosmith.toml:11:10",
        ] {
            assert!(wrong.contains(part), "{wrong}");
        }
        assert!(said("[project]\nname = \"a\"\nsampel = true\n").contains("protosmith.toml:3:1"));
        assert!(said("[project\n").contains("protosmith.toml:1"));
        let none = "[project]\nname = \"a\"\n[features]\nlist = []\n[proto]\nfiles = []\n";
        assert!(said(none).contains("protosmith.toml:6:1"), "{}", said(none));
        let needs = "[project]\nname = \"a\"\n[features]\nlist = [\"metrics\"]\n[proto]\nfiles = ['a.proto']\n";
        assert!(said(needs).contains("needs `admin`"));
        let clear = "[project]\nname = \"a\"\n[features]\nlist = [\"nginx\"]\n[proto]\nfiles = [\"a.proto\"]\n[deploy]\nmutual_tls = true\n";
        assert!(
            said(clear).contains("needs the features `nginx` and `tls`"),
            "{}",
            said(clear)
        );
        assert!(
            said(clear).contains("protosmith.toml:8:14"),
            "{}",
            said(clear)
        );
        assert!(read(&clear.replace("nginx\"", "nginx\", \"tls\"")).is_ok());
        assert!(said(needs).contains("protosmith.toml:4"));
    }
}
