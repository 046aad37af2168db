//! Parses one text; names of other files are not looked at.

use prost_types::FileDescriptorProto;
use protox::file::FileResolver as _;
use protox::file::{File, GoogleFileResolver};

use super::reading::Reading;
use super::worker::{self, caught};
use super::{diagnose, scan};
use crate::error::Problem;

/// The descriptor of a file, named `name`, with positions and comments.
///
/// `shown` is the path in messages.
///
/// # Errors
/// All that is wrong with the syntax, or that only an edition can say.
pub(super) fn parse(
    name: &str,
    text: &str,
    shown: &str,
) -> Result<FileDescriptorProto, Vec<Problem>> {
    let problems = scan::problems(text, shown);
    if !problems.is_empty() {
        return Err(problems);
    }
    let reading = Reading::new(text, shown)?;
    match caught(|| File::from_source(name, reading.text())) {
        Ok(Ok(file)) => Ok(reading.placed(file.into())),
        Ok(Err(error)) => Err(diagnose::problems(&error, &reading, shown)),
        Err(panic) => Err(vec![
            Problem::new(format!("the parser gave up: {panic}"))
                .at(shown, None, None)
                .hint(worker::REPORT),
        ]),
    }
}

/// The descriptor of a file that comes with every compiler; `None` for all others.
pub(super) fn well_known(name: &str) -> Option<FileDescriptorProto> {
    GoogleFileResolver::new()
        .open_file(name)
        .ok()
        .map(FileDescriptorProto::from)
}
