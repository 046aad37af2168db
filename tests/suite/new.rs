//! `protosmith new` puts protos where the generated build finds them, and always the same bytes.

use std::path::{Path, PathBuf};

use protosmith::feature::Manifest;
use protosmith::plan::{self, Owner};
use protosmith::proto::Include;
use protosmith::{Rendered, Request};

/// Writes files below a folder.
pub(crate) fn write(folder: &Path, files: &[(&str, &str)]) {
    for (path, text) in files {
        let path = folder.join(path);
        std::fs::create_dir_all(path.parent().expect("below the folder")).expect("made");
        std::fs::write(path, text).expect("written");
    }
}

fn render(protos: Vec<PathBuf>, includes: &[String]) -> Rendered {
    let includes = includes
        .iter()
        .map(|text| text.parse::<Include>().expect("an include"))
        .collect();
    let request = Request {
        name: "shop".to_owned(),
        protos,
        includes,
        ..Request::default()
    };
    protosmith::render(&request).unwrap_or_else(|error| panic!("{error}"))
}

fn text<'a>(rendered: &'a Rendered, path: &str) -> &'a str {
    let bytes = rendered
        .tree
        .0
        .get(path)
        .unwrap_or_else(|| panic!("no `{path}`"));
    std::str::from_utf8(bytes).expect("UTF-8")
}

const SHOP: &str = "syntax = \"proto3\";\npackage acme.shop.v1;\nimport \"github.com/acme/api/type/money.proto\";\n\
    service Shop {\n  // Sells.\n  rpc Buy (acme.type.Money) returns (stream acme.type.Money);\n}\n";
const MONEY: &str =
    "syntax = \"proto3\";\npackage acme.type;\nmessage Money { int64 amount = 1; }\n";

/// Imports under a prefix, as repositories with Go's import paths have them.
#[test]
fn imports_are_copied_under_the_name_they_are_imported_by() {
    let home = tempfile::tempdir().expect("a folder");
    write(
        home.path(),
        &[
            ("shop/acme/shop/v1/shop.proto", SHOP),
            ("api/type/money.proto", MONEY),
            ("api/type/other.proto", MONEY),
        ],
    );
    let prefix = format!("github.com/acme/api={}", home.path().join("api").display());
    let root = home.path().join("shop").display().to_string();
    let rendered = render(
        vec![home.path().join("shop/acme/shop/v1/shop.proto")],
        &[prefix.clone(), root],
    );
    let protos: Vec<_> = rendered
        .tree
        .iter()
        .filter(|(path, _)| path.ends_with(".proto"))
        .map(|(path, _)| path)
        .collect();
    assert_eq!(
        protos,
        [
            "proto/acme/shop/v1/shop.proto",
            "proto/github.com/acme/api/type/money.proto"
        ]
    );
    assert_eq!(
        text(&rendered, "proto/github.com/acme/api/type/money.proto"),
        MONEY
    );

    // The root of the file itself is found by its package.
    let inferred = render(
        vec![home.path().join("shop/acme/shop/v1/shop.proto")],
        &[prefix],
    );
    assert_eq!(inferred.tree, rendered.tree);
}

#[test]
fn a_byte_order_mark_goes_and_line_ends_stay() {
    let home = tempfile::tempdir().expect("a folder");
    let crlf = "syntax = \"proto3\";\r\n// Sells.\r\nservice Shop {\r\n  rpc Buy (A) returns (A);\r\n}\r\nmessage A {}\r\n";
    write(home.path(), &[("shop.proto", &format!("\u{feff}{crlf}"))]);
    let rendered = render(vec![home.path().join("shop.proto")], &[]);
    assert_eq!(text(&rendered, "proto/shop.proto"), crlf);
}

#[test]
fn comments_are_text_and_nothing_else() {
    let home = tempfile::tempdir().expect("a folder");
    let proto = "syntax = \"proto3\";\n// {{ project_name }} {% if x %} {# y #}\nservice Shop {\n  // ```rust\n  // panic!()\n  // ```\n  \
        // {{ undefined }} */ \"\n  rpc Buy (A) returns (A);\n}\nmessage A {}\n";
    write(home.path(), &[("shop.proto", proto)]);
    let rendered = render(vec![home.path().join("shop.proto")], &[]);
    let stub = text(&rendered, "crates/service/src/shop.rs");
    assert!(
        stub.contains("// {{ project_name }} {% if x %} {# y #}\n"),
        "{stub}"
    );
    assert!(
        stub.contains(
            "    // ```rust\n    // panic!()\n    // ```\n    // {{ undefined }} */ \"\n"
        ),
        "{stub}"
    );
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let home = tempfile::tempdir().expect("a folder");
    write(
        home.path(),
        &[
            (
                "b.proto",
                "service B { rpc X (M) returns (M); }\nmessage M {}\n",
            ),
            ("a.proto", "service A {}\n"),
        ],
    );
    let (a, b) = (home.path().join("a.proto"), home.path().join("b.proto"));
    let first = render(vec![a.clone(), b.clone()], &[]);
    assert_eq!(first.tree, render(vec![a.clone(), b.clone()], &[]).tree);
    assert_eq!(
        first.tree,
        render(vec![b, a], &[]).tree,
        "the order on the command line is no input"
    );
}

/// The options of protosmith come with it: the file is rendered for the protos that import it, and for no other.
#[test]
fn our_options_are_rendered_where_protos_import_them() {
    const OPTIONS: &str = "proto/protosmith/options.proto";
    let import = "syntax = \"proto3\";\nimport \"protosmith/options.proto\";\n";
    let home = tempfile::tempdir().expect("a folder");
    let service = "service Shop {\n  rpc Buy (A) returns (A);\n}\nmessage A {}\n";
    write(
        home.path(),
        &[
            ("plain.proto", service),
            ("direct.proto", &format!("{import}{service}")),
            ("import.proto", import),
            (
                "through.proto",
                &format!("syntax = \"proto3\";\nimport \"import.proto\";\n{service}"),
            ),
        ],
    );
    let template = protosmith::template::embedded();
    let ours = std::str::from_utf8(&template.0[OPTIONS]).expect("UTF-8");
    let rendered = |name: &str| render(vec![home.path().join(name)], &[]);
    assert!(!rendered("plain.proto").tree.0.contains_key(OPTIONS));
    for name in ["direct.proto", "through.proto"] {
        assert_eq!(text(&rendered(name), OPTIONS), ours, "{name}");
    }

    // A later run reads them where the first one wrote them, and an older copy is renewed.
    let first = rendered("direct.proto");
    write(home.path(), &[("protosmith/options.proto", ours)]);
    assert_eq!(rendered("direct.proto").tree, first.tree);
    write(
        home.path(),
        &[("protosmith/options.proto", "syntax = \"proto3\";\n")],
    );
    assert_eq!(rendered("direct.proto").tree, first.tree);

    let manifest = Manifest::read(&template).expect("the manifest is valid");
    let plan = plan::plan(
        &template,
        &manifest,
        &first.answers,
        &first.model,
        &plan::Settled::new(),
    )
    .expect("planned");
    assert_eq!(plan.files[OPTIONS].owner, Owner::Tool);
    assert_eq!(plan.files["proto/direct.proto"].owner, Owner::Yours);
}
