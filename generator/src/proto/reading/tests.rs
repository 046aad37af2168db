//! What files of an edition are read as.

use prost_types::FileDescriptorProto;

use super::super::editions;
use super::Reading;

/// What is read for a text, runs of blanks as one; or what is wrong, with lines.
fn read(text: &str) -> String {
    match editions::edits(text) {
        Ok(edits) => {
            let read = editions::apply(text, &edits);
            assert_eq!(read.lines().count(), text.lines().count(), "{text}");
            let words: Vec<&str> = read.split(' ').filter(|word| !word.is_empty()).collect();
            words.join(" ")
        }
        Err(wrong) => {
            let told = wrong.iter().map(|wrong| {
                let line = text[..wrong.byte].matches('\n').count() + 1;
                format!("{line}: {}", wrong.message)
            });
            told.collect::<Vec<_>>().join("\n")
        }
    }
}

/// Checks what statements of an edition are read as, with the syntax in front.
fn check(edition: &str, table: &[(&str, &str)]) {
    for (statements, expected) in table {
        let found = read(&format!("edition = \"{edition}\"; {statements}"));
        let found = found.strip_prefix("syntax = ").unwrap_or(&found);
        assert_eq!(&found, expected, "{statements}");
    }
}

#[test]
fn presence_becomes_a_label() {
    check(
        "2023",
        &[
            (
                "message M { string a = 1; .p.E b = 2; repeated M c = 3; map<string, M> d = 4; }",
                r#""proto3"; message M { optional string a = 1; optional .p.E b = 2; repeated M c = 3; map<string, M> d = 4; }"#,
            ),
            (
                "message M { oneof o { string a = 1; } message N { N n = 1; } enum E { A = 0; } E e = 2; }",
                r#""proto3"; message M { oneof o { string a = 1; } message N { optional N n = 1; } enum E { A = 0; } optional E e = 2; }"#,
            ),
            (
                "message M { int32 a = 1 [features.field_presence = IMPLICIT]; int32 b = 2; }",
                r#""proto3"; message M { int32 a = 1 ; optional int32 b = 2; }"#,
            ),
            (
                "message M { int32 a = 1; int32 b = 2 [features.field_presence = EXPLICIT]; }\noption features.field_presence = IMPLICIT;",
                "\"proto3\"; message M { int32 a = 1; optional int32 b = 2 ; }\n ;",
            ),
            (
                "option features = { field_presence: IMPLICIT [pb.go]: { field_presence: EXPLICIT } }; message M { int32 a = 1; }",
                r#""proto3"; ; message M { int32 a = 1; }"#,
            ),
            (
                "extend google.protobuf.FieldOptions { string a = 50000; }",
                r#""proto3"; extend google.protobuf.FieldOptions { string a = 50000; }"#,
            ),
        ],
    );
}

#[test]
fn what_needs_proto2_becomes_that() {
    check(
        "2023",
        &[
            (
                "enum E { A = 1; } message M { E e = 1; repeated E f = 2; repeated string g = 3; oneof o { E h = 4; } }",
                r#""proto2"; enum E { A = 1; } message M { optional E e = 1; repeated E f = 2 [packed = true]; repeated string g = 3; oneof o { E h = 4; } }"#,
            ),
            (
                "message M { bytes a = 1 [default = \"];\\\"\"]; }",
                r#""proto2"; message M { optional bytes a = 1 [default = "];\""]; }"#,
            ),
            (
                "message M { extensions 4 to max; } extend M { int32 a = 4; repeated int32 b = 5; }",
                r#""proto2"; message M { extensions 4 to max; } extend M { optional int32 a = 4; repeated int32 b = 5 [packed = true]; }"#,
            ),
            (
                "message M { M a = 1 [features.field_presence = LEGACY_REQUIRED, deprecated = true]; }",
                r#""proto2"; message M { required M a = 1 [ deprecated = true]; }"#,
            ),
            (
                "enum E { A = -1; B = 0; } message M { repeated bool a = 1 [features.repeated_field_encoding = EXPANDED]; }",
                r#""proto2"; enum E { A = -1; B = 0; } message M { repeated bool a = 1 ; }"#,
            ),
            (
                "enum E { option allow_alias = true; reserved 1; A = 0x0; B = 1; }",
                r#""proto3"; enum E { option allow_alias = true; reserved 1; A = 0x0; B = 1; }"#,
            ),
        ],
    );
}

#[test]
fn features_go_and_packing_stays() {
    check(
        "2023",
        &[
            (
                "message M { repeated int32 a = 1 [features.repeated_field_encoding = EXPANDED]; }",
                r#""proto3"; message M { repeated int32 a = 1 [packed = false ]; }"#,
            ),
            (
                "option features.repeated_field_encoding = EXPANDED; message M { repeated E a = 1 [deprecated = true]; repeated string b = 2; repeated float c = 3 [features.repeated_field_encoding = PACKED]; repeated int32 d = 4; }",
                r#""proto3"; ; message M { repeated E a = 1 [packed = false, deprecated = true]; repeated string b = 2; repeated float c = 3 ; repeated int32 d = 4 [packed = false]; }"#,
            ),
            (
                "message M { repeated M a = 1 [a = 1, features.utf8_validation = NONE, b = [1, 2], features.(pb.cpp).string_type = VIEW]; }",
                r#""proto3"; message M { repeated M a = 1 [a = 1 , b = [1, 2] ]; }"#,
            ),
            (
                "import 'google/protobuf/go_features.proto'; import public 'a.proto'; option features.(pb.go).api_level = API_OPEN; option (features) = 1;",
                r#""proto3"; ; import public 'a.proto'; ; option (features) = 1;"#,
            ),
            (
                "enum E { option features.enum_type = CLOSED; A = 0 [features = {}]; } service S { option features.json_format = ALLOW; rpc A (M) returns (M) { option features.json_format = ALLOW; option (a) = { features: 1 }; } rpc B (M) returns (M); }",
                r#""proto3"; enum E { ; A = 0 ; } service S { ; rpc A (M) returns (M) { ; option (a) = { features: 1 }; } rpc B (M) returns (M); }"#,
            ),
            (
                "message M {\n  string a = 1 [ // why\n    features = {\n      utf8_validation: NONE\n    }];\n}",
                "\"proto3\"; message M {\n optional string a = 1 // why\n \n \n ;\n}",
            ),
        ],
    );
}

#[test]
fn names_are_quoted_and_words_go() {
    check(
        "2023",
        &[
            (
                "message M { reserved a, to, max; reserved 1 to max; reserved \"b\"; } enum E { A = 0; reserved B; reserved -1 to 4; }",
                r#""proto3"; message M { reserved "a", "to", "max"; reserved 1 to max; reserved "b"; } enum E { A = 0; reserved "B"; reserved -1 to 4; }"#,
            ),
            (
                "message M { export message = 1; string optional = 2; int32 map = 3; map m = 4; }",
                r#""proto3"; message M { optional export message = 1; optional string optional = 2; optional int32 map = 3; optional map m = 4; }"#,
            ),
        ],
    );
    check(
        "2024",
        &[
            (
                "export message M { local enum E { A = 0; } export message = 1; } local message N {}",
                r#""proto3"; message M { enum E { A = 0; } optional export message = 1; } message N {}"#,
            ),
            (
                "import option \"a.proto\"; import option \"google/protobuf/go_features.proto\"; import \"b.proto\";",
                r#""proto3"; import "a.proto"; ; import "b.proto";"#,
            ),
        ],
    );
}

#[test]
fn what_cannot_be_said_is_refused() {
    check(
        "2023",
        &[
            (
                "\nmessage M { M a = 1 [features.message_encoding = DELIMITED]; }",
                "2: messages with `DELIMITED` encoding are not supported: the code generator knows them only as groups, which define their own type",
            ),
            (
                "message M {\nint32 a = 1 [features.field_presence = IMPLICIT];\n}\nenum E { A = 1; }",
                "2: a field with `IMPLICIT` presence in a file with an enum whose first value is not 0: only proto3 has the one, only proto2 the other",
            ),
            (
                "option features.field_presense = IMPLICIT;\noption features = { enum_type: SHUT };",
                "1: there is no feature `field_presense`\n2: the feature `enum_type` has no value `SHUT`",
            ),
            (
                "message M { optional int32 a = 1; }",
                "1: found the label `optional`, which editions do not have",
            ),
            (
                "message M { option features.field_presence = IMPLICIT; int32 a = 1; }",
                "1: found a feature of fields, which only a file or a field can set",
            ),
        ],
    );
    check(
        "2099",
        &[(
            "message M { optional int32 a = 1; }",
            "1: `edition = \"2099\"` is not supported, expected `\"2023\"` or `\"2024\"`",
        )],
    );
}

#[test]
fn a_text_that_is_no_proto_goes_through() {
    for text in [
        "edition =",
        "edition = ",
        "edition = \"2023",
        "edition = '2024'",
        "edition = '2023'; } } ; message M { } }",
        "edition = '2023'; message M { [ ] ; = ; a [ ; } ",
        "edition = '2023'; message M { a = 1 []; b = 2 [,]; c = 3 [features.]; d = 4 ]; e ] [; }",
        "edition = '2023'; option features; option features = ; option features.x",
        "edition = '2023'; import; reserved; enum { reserved } extend { /* é",
        "edition = '2023'; message ä { string é = 1 [features.utf8_validation = \"ü",
    ] {
        for (end, _) in text.char_indices() {
            read(&text[..end]);
        }
    }
    assert_eq!(
        read("syntax = \"proto3\"; edition = 1;"),
        "syntax = \"proto3\"; edition = 1;"
    );
}

#[test]
fn places_are_those_of_what_was_written() {
    let text = "edition = \"2023\"; message M {} // é\nmessage N { M a = 1 [features.field_presence = EXPLICIT]; M b\n = 2; }";
    let reading = Reading::new(text, "x.proto").expect("it can be read");
    let file = protox::file::File::from_source("x.proto", reading.text()).expect("a proto");
    let file = reading.placed(FileDescriptorProto::from(file));
    let info = file.source_code_info.expect("places");
    let span = |path: &[i32]| {
        let location = info.location.iter().find(|location| location.path == path);
        location.expect("a place").span.clone()
    };
    assert_eq!(span(&[4, 0, 1]), [0, 26, 27]);
    assert_eq!(span(&[4, 1, 2, 0]), [1, 12, 57]);
    assert_eq!(span(&[4, 1, 2, 0, 6]), [1, 12, 13]);
    assert_eq!(span(&[4, 1, 2, 0, 4]), [1, 12, 13], "of what was added");
    assert_eq!(span(&[4, 1, 2, 1]), [1, 58, 2, 5]);
    assert_eq!(span(&[4, 1, 2, 1, 3]), [2, 3, 4]);
    assert_eq!(reading.position(reading.text().len()), (3, 8));
    assert_eq!(
        reading.position(reading.text().find("M b").expect("a field")),
        (2, 59)
    );
}
