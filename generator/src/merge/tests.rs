//! The rules, as a table and as properties of thousands of random trees.

mod by_key;

use proptest::prelude::*;

use super::*;

fn tree(files: &[(&str, &str)]) -> Tree {
    let owned =
        |(path, text): &(&str, &str)| ((*path).to_owned(), Cow::Owned(text.as_bytes().to_vec()));
    Tree(files.iter().map(owned).collect())
}

/// One file in each tree, where it is there.
fn one(
    owner: Owner,
    base: Option<&str>,
    yours: Option<&str>,
    fresh: Option<&str>,
) -> Option<Outcome> {
    let of = |text: Option<&str>| text.map_or_else(Tree::default, |text| tree(&[("f", text)]));
    merge(&of(base), &of(yours), &of(fresh), &|_| owner).remove("f")
}

fn bytes(text: &str) -> Bytes {
    Cow::Owned(text.as_bytes().to_vec())
}

#[test]
fn every_case_of_a_file_of_the_tools() {
    use Outcome::*;
    let tool = |base, yours, fresh| one(Owner::Tool, base, yours, fresh);
    let (a, b, c) = (Some("a\n"), Some("b\n"), Some("c\n"));
    assert_eq!(tool(None, None, a), Some(Created(bytes("a\n"))));
    assert_eq!(tool(a, None, a), Some(Outcome::Kept(super::Kept::Deleted)));
    assert_eq!(tool(a, None, b), Some(Outcome::Kept(super::Kept::Deleted)));
    assert_eq!(tool(a, None, None), None);
    assert_eq!(tool(a, a, None), Some(Removed));
    assert_eq!(tool(a, b, None), Some(Outcome::Kept(super::Kept::Orphaned)));
    assert_eq!(tool(a, a, a), Some(Unchanged));
    assert_eq!(tool(a, b, b), Some(Unchanged));
    assert_eq!(tool(None, b, b), Some(Unchanged));
    assert_eq!(tool(a, a, b), Some(Updated(bytes("b\n"))));
    assert_eq!(tool(a, b, a), Some(Outcome::Kept(super::Kept::Edited)));
    assert!(matches!(tool(a, b, c), Some(Outcome::Conflict(_))));
    assert!(matches!(tool(None, b, c), Some(Outcome::Conflict(_))));
    let merged = tool(
        Some("1\n2\n3\n4\n"),
        Some("x\n2\n3\n4\n"),
        Some("1\n2\n3\ny\n"),
    );
    assert_eq!(merged, Some(Merged(bytes("x\n2\n3\ny\n"))));
}

#[test]
fn every_case_of_a_file_of_yours() {
    let yours = |base, yours, fresh| one(Owner::Yours, base, yours, fresh);
    let (a, b, c) = (Some("a\n"), Some("b\n"), Some("c\n"));
    assert_eq!(yours(None, None, a), Some(Outcome::Created(bytes("a\n"))));
    assert_eq!(yours(a, None, b), Some(Outcome::Kept(Kept::Deleted)));
    assert_eq!(yours(a, a, b), Some(Outcome::Kept(Kept::Yours)));
    assert_eq!(yours(a, b, c), Some(Outcome::Kept(Kept::Yours)));
    assert_eq!(yours(None, b, c), Some(Outcome::Kept(Kept::Yours)));
    assert_eq!(yours(a, a, None), Some(Outcome::Removed));
    assert_eq!(yours(a, b, None), Some(Outcome::Kept(Kept::Orphaned)));
}

#[test]
fn line_ends_are_the_users() {
    let updated = one(
        Owner::Tool,
        Some("a\nb\n"),
        Some("\u{feff}a\r\nb\r\n"),
        Some("a\nc\n"),
    );
    assert_eq!(updated, Some(Outcome::Updated(bytes("\u{feff}a\r\nc\r\n"))));
    let merged = one(
        Owner::Tool,
        Some("1\n2\n3\n4\n"),
        Some("x\r\n2\r\n3\r\n4\r\n"),
        Some("1\n2\n3\ny\n"),
    );
    assert_eq!(merged, Some(Outcome::Merged(bytes("x\r\n2\r\n3\r\ny\r\n"))));
}

#[test]
fn what_is_no_text_is_not_merged() {
    let Some(Outcome::Conflict(conflict)) = one(Owner::Tool, Some("\0a"), Some("\0b"), Some("\0c"))
    else {
        panic!("no conflict");
    };
    assert_eq!((conflict.marked, conflict.theirs), (None, bytes("\0c")));
}

/// Few different lines, so that the trees have much in common.
fn text() -> impl Strategy<Value = String> {
    let line = prop::sample::select(vec!["a", "b", "c", "mod x;", "y,", "", "# d", "k = 1"]);
    prop::collection::vec(line, 0..9).prop_map(|lines| lines.join("\n"))
}

/// An edit of a text: some lines dropped, some new ones that nothing else has.
fn edited(text: String, tag: &'static str) -> impl Strategy<Value = String> {
    let lines: Vec<String> = text.split('\n').map(str::to_owned).collect();
    let choice = prop::collection::vec(0..6_u8, lines.len());
    choice.prop_map(move |choice| {
        let line = |(n, (line, choice)): (usize, (&String, &u8))| match choice {
            0 => Vec::new(),
            1 => vec![format!("{tag}{n}"), line.clone()],
            2 => vec![format!("{tag}{n}")],
            _ => vec![line.clone()],
        };
        let lines = lines.iter().zip(&choice).enumerate().flat_map(line);
        lines.collect::<Vec<_>>().join("\n")
    })
}

/// A base and what the user and the tool made of it; each file may be missing in each.
fn trees() -> impl Strategy<Value = (Tree, Tree, Tree)> {
    let sides = text().prop_flat_map(|base| {
        let both = (edited(base.clone(), "mine"), edited(base.clone(), "tool"));
        (Just(base), both, prop::array::uniform3(0..5_u8))
    });
    prop::collection::vec(sides, 1..5).prop_map(|files| {
        let names = ["a.rs", "b.toml", "c.yaml", "d.txt", "e.rs"];
        let mut trees = (Tree::default(), Tree::default(), Tree::default());
        for (name, (base, (yours, fresh), there)) in names.iter().zip(files) {
            let add = |tree: &mut Tree, text: String, there: u8| {
                if there > 0 {
                    tree.0
                        .insert((*name).to_owned(), Cow::Owned(text.into_bytes()));
                }
            };
            // Untouched by one side now and then.
            let yours = if there[1] == 1 { base.clone() } else { yours };
            let fresh = if there[2] == 1 { base.clone() } else { fresh };
            add(&mut trees.0, base, there[0]);
            add(&mut trees.1, yours, there[1]);
            add(&mut trees.2, fresh, there[2]);
        }
        trees
    })
}

/// The user's files after the outcomes; conflicts as they are marked.
fn after(yours: &Tree, outcomes: &BTreeMap<String, Outcome>) -> Tree {
    let mut after = yours.clone();
    for (path, outcome) in outcomes {
        match outcome {
            Outcome::Created(bytes) | Outcome::Updated(bytes) | Outcome::Merged(bytes) => {
                after.0.insert(path.clone(), bytes.clone());
            }
            Outcome::Removed => {
                after.0.remove(path);
            }
            Outcome::Conflict(conflict) => {
                if let Some(marked) = &conflict.marked {
                    after.0.insert(path.clone(), marked.clone());
                }
            }
            Outcome::Unchanged | Outcome::Kept(_) => {}
        }
    }
    after
}

fn tool(_: &str) -> Owner {
    Owner::Tool
}

/// Lines of a text as often as they are in it.
fn lines(tree: &Tree, path: &str) -> BTreeMap<String, usize> {
    let text = tree
        .0
        .get(path)
        .map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    let mut lines = BTreeMap::new();
    for line in text.unwrap_or_default().lines() {
        *lines.entry(line.trim().to_owned()).or_insert(0) += 1;
    }
    lines
}

fn cases() -> u32 {
    if std::env::var_os("PROTOSMITH_SLOW").is_some() {
        10_000
    } else {
        1_000
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn unedited_files_become_what_is_rendered((base, _, fresh) in trees()) {
        let outcomes = merge(&base, &base, &fresh, &tool);
        prop_assert_eq!(after(&base, &outcomes), fresh);
    }

    #[test]
    fn edits_stay_when_nothing_else_is_rendered((base, yours, _) in trees()) {
        let outcomes = merge(&base, &yours, &base, &tool);
        prop_assert_eq!(after(&yours, &outcomes), yours);
    }

    #[test]
    fn no_line_of_the_users_is_lost((base, yours, fresh) in trees()) {
        let after = after(&yours, &merge(&base, &yours, &fresh, &tool));
        for path in yours.0.keys() {
            let (before, after) = (lines(&base, path), lines(&after, path));
            for (line, count) in lines(&yours, path) {
                let new = count.saturating_sub(before.get(&line).copied().unwrap_or(0));
                let there = after.get(&line).copied().unwrap_or(0);
                prop_assert!(there >= new.min(1), "`{}` of {}: {:?}", line, path, after);
            }
        }
    }

    #[test]
    fn twice_is_once((base, yours, fresh) in trees()) {
        let once = after(&yours, &merge(&base, &yours, &fresh, &tool));
        let outcomes = merge(&fresh, &once, &fresh, &tool);
        prop_assert_eq!(after(&once, &outcomes), once);
    }

    /// Whatever is rendered on the way, such as a feature that comes and goes.
    #[test]
    fn untouched_files_do_not_tell_by_which_way_they_came(
        (base, yours, one) in trees(),
        (_, another, last) in trees(),
    ) {
        let by = |way: &Tree| {
            let there = after(&yours, &merge(&base, &yours, way, &tool));
            after(&there, &merge(way, &there, &last, &tool))
        };
        let (left, right) = (by(&one), by(&another));
        let paths = ["a.rs", "b.toml", "c.yaml", "d.txt"];
        for path in paths.iter().filter(|path| base.0.get(**path) == yours.0.get(**path)) {
            prop_assert_eq!(left.0.get(*path), last.0.get(*path), "{}", path);
            prop_assert_eq!(right.0.get(*path), last.0.get(*path), "{}", path);
        }
    }

    #[test]
    fn line_ends_make_no_difference((base, yours, fresh) in trees()) {
        let dos = |tree: &Tree| {
            let convert = |(path, bytes): (&str, &[u8])| {
                let text = String::from_utf8_lossy(bytes).replace('\n', "\r\n");
                (path.to_owned(), Cow::Owned(text.into_bytes()))
            };
            Tree(tree.iter().map(convert).collect())
        };
        let kind = |outcomes: BTreeMap<String, Outcome>| -> Vec<_> {
            outcomes.iter().map(|(path, o)| (path.clone(), std::mem::discriminant(o))).collect()
        };
        let unix = kind(merge(&base, &yours, &fresh, &tool));
        prop_assert_eq!(unix, kind(merge(&base, &dos(&yours), &fresh, &tool)));
    }
}
