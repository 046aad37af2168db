//! What becomes of keys, lists and comments.

use crate::merge::lines;

fn merged(base: &str, yours: &str, fresh: &str) -> Result<String, lines::Marked> {
    super::merge(base, yours, fresh, lines::merge(base, yours, fresh))
}

fn check(base: &str, yours: &str, fresh: &str, expected: &str) {
    assert_eq!(
        merged(base, yours, fresh).as_deref(),
        Ok(expected),
        "{yours}"
    );
}

const BASE: &str = "[dependencies]\nb = \"1\"\nd = { version = \"1\" }\n";

#[test]
fn neighbours_are_merged() {
    check(
        BASE,
        "[dependencies]\nb = \"1\" # pinned\nc = \"5\"\nd = { version = \"1\" }\n",
        "[dependencies]\nb = \"2\"\nd = { version = \"1\", features = [\"x\"] }\n",
        "[dependencies]\nb = \"2\" # pinned\nc = \"5\"\nd = { version = \"1\" , features = [\"x\"] }\n",
    );
}

#[test]
fn new_keys_go_where_they_are_rendered() {
    check(
        BASE,
        "[dependencies]\nb = \"1\"\n# mine\nc = \"5\"\nd = { version = \"3\" }\n\n[lints]\nworkspace = true\n",
        "[dependencies]\na = \"1\"\nb = \"1\"\nbb = \"1\"\nd = { version = \"1\" }\n\n[features]\nx = []\n",
        "[dependencies]\na = \"1\"\nb = \"1\"\nbb = \"1\"\n# mine\nc = \"5\"\nd = { version = \"3\" }\n\n[features]\nx = []\n\n[lints]\nworkspace = true\n",
    );
}

#[test]
fn what_the_user_deleted_stays_deleted() {
    check(
        BASE,
        "[dependencies]\nd = { version = \"1\" }\n",
        "[dependencies]\nb = \"2\"\nd = { version = \"1\" }\n",
        "[dependencies]\nd = { version = \"1\" }\n",
    );
}

#[test]
fn lists_are_sets() {
    check(
        "list = [\n    \"a\",\n    \"b\",\n]\n",
        "list = [\n    \"b\", # mine\n    \"z\",\n]\n",
        "list = [\n    \"a\",\n    \"b\",\n    \"c\",\n]\n",
        "list = [\n    \"b\", # mine\n    \"z\",\n    \"c\",\n]\n",
    );
    check(
        "l = ['a', 'b']\n",
        "l = ['x', 'a', 'b']\n",
        "l = ['b']\n",
        "l = ['x', 'b']\n",
    );
}

#[test]
fn one_key_of_both_is_a_conflict() {
    let marked = merged("a = 1\n", "a = 2\n", "a = 3\n").expect_err("both changed it");
    assert_eq!(marked.lines, [1]);
    assert!(marked.marked.contains("a = 2\n=======\na = 3"));
}

#[test]
fn the_same_key_twice_is_none() {
    let base = "[x]\na = 1\nb = 2\nc = 3\nd = 4\n";
    let yours = "[x]\nnew = 5\na = 1\nb = 2\nc = 3\nd = 4\n";
    let fresh = "[x]\na = 1\nb = 2\nc = 3\nd = 4\nnew = 5\n";
    check(base, yours, fresh, yours);
}

#[test]
fn a_comment_of_the_users_is_not_lost_with_a_key() {
    let base = "a = 1\nb = 2\n";
    let marked = merged(base, "a = 1\n# why: because\nb = 2\n", "a = 2\n");
    assert!(
        marked
            .expect_err("a comment")
            .marked
            .contains("# why: because")
    );
}
