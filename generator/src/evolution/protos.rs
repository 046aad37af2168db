//! A set of protos, and how it is kept.

use std::collections::BTreeMap;

use prost_reflect::DescriptorPool;

use crate::error::{Problem, Result};
use crate::model::places::Places;
use crate::proto::{Compiled, is_well_known, worker};

/// The protos of a project, without those that come with every compiler.
#[derive(Debug, Clone)]
pub struct Protos {
    /// The descriptors of all, with the well-known ones.
    pub(super) pool: DescriptorPool,
    /// The path to each of the project's own files as messages show it, by import name.
    pub(super) own: BTreeMap<String, String>,
}

impl Protos {
    /// Those that were compiled.
    pub fn new(compiled: &Compiled) -> Self {
        let sources = compiled.sources.iter();
        Self {
            own: sources
                .map(|source| (source.name.clone(), source.shown()))
                .collect(),
            pool: compiled.pool.clone(),
        }
    }

    /// As they are kept in `.protosmith/descriptors.binpb`: a `google.protobuf.FileDescriptorSet`, imports first,
    /// with custom options and without positions and comments. The same protos give the same bytes.
    ///
    /// # Errors
    /// A library gave up.
    pub fn encode(&self) -> Result<Vec<u8>> {
        worker::run(|| {
            let mut pool = DescriptorPool::new();
            for file in self.pool.files() {
                let mut bytes = file.encode_to_vec();
                strip_source_info(&mut bytes);
                pool.decode_file_descriptor_proto(bytes.as_slice())
                    .map_err(|error| {
                        Problem::new(format!("cannot keep `{}`: {error}", file.name()))
                    })?;
            }
            Ok(pool.encode_to_vec())
        })
    }

    /// Reads what [`Self::encode`] wrote; `shown` is the path that messages name.
    ///
    /// # Errors
    /// The bytes are something else, or damaged.
    pub fn decode(bytes: &[u8], shown: &str) -> Result<Self> {
        worker::run(|| {
            let pool = worker::caught(|| DescriptorPool::decode(bytes));
            let pool = match pool {
                Ok(Ok(pool)) => pool,
                Ok(Err(error)) => return Err(damaged(shown, &error.to_string()).into()),
                Err(panic) => return Err(damaged(shown, &panic).into()),
            };
            let own = pool.files().map(|file| file.name().to_owned());
            let own = own
                .filter(|name| !is_well_known(name))
                .map(|name| (name.clone(), name));
            Ok(Self {
                own: own.collect(),
                pool,
            })
        })
    }

    /// The positions in a file; `None` if there is no such file.
    pub(super) fn places(&self, file: &str) -> Option<Places<'_>> {
        let mut files = self.pool.file_descriptor_protos();
        files.find(|found| found.name() == file).map(Places::new)
    }
}

fn damaged(shown: &str, why: &str) -> Problem {
    Problem::new(format!("`{shown}` is damaged: {why}"))
        .at(shown, None, None)
        .hint("remove it; the next `protosmith sync` writes it anew")
}

/// The field of a `FileDescriptorProto` with positions and comments.
const SOURCE_INFO: u64 = 9;

/// Drops the field from an encoded file, field by field, so that options that nobody knows stay.
fn strip_source_info(bytes: &mut Vec<u8>) {
    let mut kept = Vec::with_capacity(bytes.len());
    let mut rest = bytes.as_slice();
    while let Some((number, length)) = field(rest) {
        let (one, others) = rest.split_at(length);
        if number != SOURCE_INFO {
            kept.extend_from_slice(one);
        }
        rest = others;
    }
    // What is no field stays, for whoever reads it to say so.
    kept.extend_from_slice(rest);
    *bytes = kept;
}

/// The number of the first field, and its length with its tag.
fn field(bytes: &[u8]) -> Option<(u64, usize)> {
    let (tag, start) = varint(bytes)?;
    let length = match tag & 7 {
        0 => start + varint(bytes.get(start..)?)?.1,
        1 => start + 8,
        2 => {
            let (length, bytes) = varint(bytes.get(start..)?)?;
            start + bytes + usize::try_from(length).ok()?
        }
        5 => start + 4,
        _ => return None,
    };
    (length <= bytes.len()).then_some((tag >> 3, length))
}

/// A number and the bytes that it takes.
fn varint(bytes: &[u8]) -> Option<(u64, usize)> {
    let mut value = 0;
    for (n, byte) in bytes.iter().take(10).enumerate() {
        value |= u64::from(byte & 0x7f) << (7 * n);
        if byte & 0x80 == 0 {
            return Some((value, n + 1));
        }
    }
    None
}
