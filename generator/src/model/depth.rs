//! How deep messages hold messages, which rustc follows one by one.
//!
//! To know that a future may be sent between threads, rustc looks through every type in it, and gives up
//! after 128 steps unless a crate asks for more. Real protos stay far below; this finds those that do not.

use std::collections::HashMap;

use prost_reflect::DescriptorPool;
use prost_reflect::prost_types::field_descriptor_proto::Type;

/// Up to this depth rustc's own limit serves: 40 levels of boxed messages were seen to fail.
const PLAIN: usize = 24;

/// The steps that one level takes, with room: `Box`, `Option`, `Vec` and the type in them.
const STEPS: usize = 8;

/// The recursion limit that the generated code needs; `None` if rustc's own serves.
pub(super) fn recursion_limit(pool: &DescriptorPool) -> Option<usize> {
    let depth = depth(&held(pool));
    (depth > PLAIN).then(|| (depth * STEPS).next_power_of_two())
}

/// For each message the messages in its fields, all by number.
fn held(pool: &DescriptorPool) -> Vec<Vec<usize>> {
    let messages: Vec<_> = pool.all_messages().collect();
    let numbers: HashMap<&str, usize> = messages
        .iter()
        .enumerate()
        .map(|(n, message)| (message.full_name(), n))
        .collect();
    let fields = |n: usize| messages[n].descriptor_proto().field.iter();
    let message = |kind: Type| matches!(kind, Type::Message | Type::Group);
    (0..messages.len())
        .map(|n| {
            let types = fields(n)
                .filter(|field| message(field.r#type()))
                .map(|field| field.type_name());
            types
                .filter_map(|name| numbers.get(name.trim_start_matches('.')).copied())
                .collect()
        })
        .collect()
}

/// The longest chain of messages that hold each other. A message that holds itself ends a chain:
/// rustc does not follow a circle twice.
///
/// Not recursive: the text of a proto decides how deep it goes.
fn depth(held: &[Vec<usize>]) -> usize {
    let mut depths = vec![None; held.len()];
    for start in 0..held.len() {
        if depths[start].is_some() {
            continue;
        }
        depths[start] = Some(1);
        let mut path = vec![(start, held[start].iter())];
        while let Some((message, rest)) = path.last_mut() {
            match rest.next() {
                Some(&next) if depths[next].is_none() => {
                    depths[next] = Some(1);
                    path.push((next, held[next].iter()));
                }
                Some(&next) => {
                    depths[*message] = depths[*message].max(depths[next].map(|depth| depth + 1))
                }
                None => {
                    let done = *message;
                    path.pop();
                    if let Some((holder, _)) = path.last() {
                        depths[*holder] =
                            depths[*holder].max(depths[done].map(|depth: usize| depth + 1));
                    }
                }
            }
        }
    }
    depths.into_iter().flatten().max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::depth;

    #[test]
    fn chains_are_counted_and_circles_end() {
        assert_eq!(depth(&[]), 0);
        assert_eq!(depth(&[vec![1], vec![2], vec![]]), 3);
        assert_eq!(depth(&[vec![], vec![0], vec![1, 0]]), 3);
        assert_eq!(depth(&[vec![0]]), 2);
        assert!(depth(&[vec![1], vec![2], vec![0]]) >= 3);
        let long: Vec<_> = (1..=100_000).map(|n| vec![n]).chain([vec![]]).collect();
        assert_eq!(depth(&long), 100_001);
    }
}
