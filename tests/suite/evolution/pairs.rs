//! Pairs of protos.

/// Before, after, and what that breaks: buf's rule and the widest circle of who notices.
///
/// Something of each kind is left in the package: the last one of a kind may go without a word of buf's `PACKAGE` rules.
pub(super) const PAIRS: &[(&str, &str, &[&str])] = &[
    ("", "", &[]),
    (
        "message M { int32 a = 1; }",
        "message M { int32 a = 1; string b = 2; } message N {} enum E { X = 0; }",
        &[],
    ),
    (
        "message M { int32 a = 1; }",
        "message M { }",
        &["FIELD_NO_DELETE wire"],
    ),
    (
        "message M { int32 a = 1; }",
        "message M { reserved 1; }",
        &["FIELD_NO_DELETE json"],
    ),
    (
        "message M { int32 a = 1; }",
        "message M { reserved 1; reserved \"a\"; }",
        &["FIELD_NO_DELETE code"],
    ),
    (
        "message M { int32 a = 1; }",
        "message M { int32 a = 2; }",
        &["FIELD_NO_DELETE wire"],
    ),
    (
        "message M { int32 a = 1; }",
        "message M { int32 b = 1; }",
        &["FIELD_SAME_JSON_NAME json", "FIELD_SAME_NAME json"],
    ),
    (
        "message M { int32 a = 1; }",
        "message M { int32 a = 1 [json_name = \"b\"]; }",
        &["FIELD_SAME_JSON_NAME json"],
    ),
    (
        "message M { int32 a = 1; }",
        "message M { uint32 a = 1; }",
        &["FIELD_SAME_TYPE code"],
    ),
    (
        "message M { int32 a = 1; }",
        "message M { int64 a = 1; }",
        &["FIELD_SAME_TYPE json"],
    ),
    (
        "message M { int32 a = 1; }",
        "message M { string a = 1; }",
        &["FIELD_SAME_TYPE wire"],
    ),
    (
        "message M { string a = 1; }",
        "message M { bytes a = 1; }",
        &["FIELD_SAME_TYPE json"],
    ),
    (
        "message M { bytes a = 1; }",
        "message M { string a = 1; }",
        &["FIELD_SAME_TYPE wire"],
    ),
    (
        "message M { M a = 1; } message N {}",
        "message M { N a = 1; } message N {}",
        &["FIELD_SAME_TYPE wire"],
    ),
    (
        "message M { int32 a = 1; }",
        "message M { optional int32 a = 1; }",
        &["FIELD_SAME_CARDINALITY code"],
    ),
    (
        "message M { int32 a = 1; }",
        "message M { repeated int32 a = 1; }",
        &["FIELD_SAME_CARDINALITY wire"],
    ),
    (
        "message M { int32 a = 1; }",
        "message M { oneof o { int32 a = 1; } }",
        &["FIELD_SAME_CARDINALITY code", "FIELD_SAME_ONEOF wire"],
    ),
    (
        "message M { oneof o { int32 a = 1; } }",
        "message M { oneof p { int32 a = 1; } }",
        &["FIELD_SAME_ONEOF wire", "ONEOF_NO_DELETE code"],
    ),
    (
        "message M { map<string, int32> a = 1; }",
        "message M { map<string, int64> a = 1; }",
        &["FIELD_SAME_TYPE json"],
    ),
    (
        "message M { string a = 1; }",
        "message M { string a = 1 [ctype = CORD]; }",
        &["FIELD_SAME_CPP_STRING_TYPE code"],
    ),
    (
        "message M { int64 a = 1; }",
        "message M { int64 a = 1 [jstype = JS_STRING]; }",
        &["FIELD_SAME_JSTYPE code"],
    ),
    (
        "message M { reserved 1, 5 to 9; reserved \"a\"; }",
        "message M { reserved 1 to 5, 7 to 9; }",
        &["RESERVED_MESSAGE_NO_DELETE wire"],
    ),
    (
        "message M { reserved 1, 2; }",
        "message M { reserved 1 to 4; }",
        &[],
    ),
    (
        "message M { message N {} } message O {}",
        "message M { } message O {}",
        &["MESSAGE_NO_DELETE code"],
    ),
    (
        "message M { enum E { X = 0; } } enum F { Y = 0; } enum G { Z = 0; }",
        "message M { } enum G { Z = 0; }",
        &["ENUM_NO_DELETE code"],
    ),
    (
        "enum E { X = 0; Y = 1; }",
        "enum E { X = 0; }",
        &["ENUM_VALUE_NO_DELETE wire"],
    ),
    (
        "enum E { X = 0; Y = 1; }",
        "enum E { X = 0; reserved 1; }",
        &["ENUM_VALUE_NO_DELETE json"],
    ),
    (
        "enum E { X = 0; Y = 1; }",
        "enum E { X = 0; reserved 1; reserved \"Y\"; }",
        &["ENUM_VALUE_NO_DELETE code"],
    ),
    (
        "enum E { X = 0; Y = 1; }",
        "enum E { X = 0; Z = 1; }",
        &["ENUM_VALUE_SAME_NAME json"],
    ),
    (
        "enum E { X = 0; Y = 1; }",
        "enum E { option allow_alias = true; X = 0; Y = 1; Z = 1; }",
        &[],
    ),
    (
        "enum E { option allow_alias = true; X = 0; Y = 1; Z = 1; }",
        "enum E { X = 0; Y = 1; }",
        &["ENUM_VALUE_SAME_NAME json"],
    ),
    (
        "enum E { X = 0; reserved 3 to 5; }",
        "enum E { X = 0; reserved 3, 5; }",
        &["RESERVED_ENUM_NO_DELETE wire"],
    ),
    (
        "message M { A.E e = 1; } message A { enum E { X = 0; } } message B { enum E { Y = 0; } }",
        "message M { B.E e = 1; } message A { enum E { X = 0; } } message B { enum E { Y = 0; } }",
        &["FIELD_SAME_TYPE wire"],
    ),
    (
        "message M { A.E e = 1; } message A { enum E { X = 0; } } message B { enum E { X = 0; Z = 1; } }",
        "message M { B.E e = 1; } message A { enum E { X = 0; } } message B { enum E { X = 0; Z = 1; } }",
        &["FIELD_SAME_TYPE code"],
    ),
    (
        "message M {} service S { rpc A(M) returns (M); }",
        "message M {} service S { rpc A(M) returns (M); rpc B(M) returns (M); }",
        &[],
    ),
    (
        "message M {} service S { rpc A(M) returns (M); }",
        "message M {} service S { }",
        &["RPC_NO_DELETE code"],
    ),
    (
        "message M {} service S { rpc A(M) returns (M); } service T {}",
        "message M {} service T {}",
        &["SERVICE_NO_DELETE code"],
    ),
    (
        "message M {} message N {} service S { rpc A(M) returns (M); }",
        "message M {} message N {} service S { rpc A(N) returns (N); }",
        &["RPC_SAME_REQUEST_TYPE wire", "RPC_SAME_RESPONSE_TYPE wire"],
    ),
    (
        "message M {} service S { rpc A(M) returns (M); }",
        "message M {} service S { rpc A(stream M) returns (stream M); }",
        &[
            "RPC_SAME_CLIENT_STREAMING wire",
            "RPC_SAME_SERVER_STREAMING wire",
        ],
    ),
    (
        "message M {} service S { rpc A(M) returns (M); }",
        "message M {} service S { rpc A(M) returns (M) { option idempotency_level = IDEMPOTENT; } }",
        &["RPC_SAME_IDEMPOTENCY_LEVEL wire"],
    ),
    (
        "message M {}",
        "message M { option no_standard_descriptor_accessor = true; }",
        &["MESSAGE_NO_REMOVE_STANDARD_DESCRIPTOR_ACCESSOR code"],
    ),
    (
        "option go_package = \"a/b\"; option java_multiple_files = true;",
        "option go_package = \"a/c\"; option optimize_for = CODE_SIZE;",
        &[
            "FILE_SAME_GO_PACKAGE code",
            "FILE_SAME_JAVA_MULTIPLE_FILES code",
            "FILE_SAME_OPTIMIZE_FOR code",
        ],
    ),
    // The same in proto2, and between the two.
    (
        "2 message M { required int32 a = 1; }",
        "2 message M { optional int32 a = 1; }",
        &[
            "FIELD_SAME_CARDINALITY wire",
            "MESSAGE_SAME_REQUIRED_FIELDS wire",
        ],
    ),
    (
        "2 message M { }",
        "2 message M { required int32 a = 1; }",
        &["MESSAGE_SAME_REQUIRED_FIELDS wire"],
    ),
    (
        "2 message M { optional int32 a = 1 [default = 1]; }",
        "2 message M { optional int32 a = 1; }",
        &["FIELD_SAME_DEFAULT wire"],
    ),
    (
        "2 message M { optional group A = 1 { } }",
        "2 message M { optional A a = 1; message A {} }",
        &["FIELD_SAME_TYPE wire"],
    ),
    (
        "2 message M { extensions 10 to 20; }",
        "2 message M { extensions 10 to 15; }",
        &["EXTENSION_MESSAGE_NO_DELETE code"],
    ),
    (
        "2 message M { extensions 10 to 20; } extend M { optional int32 x = 10; }",
        "2 message M { extensions 10 to 20; }",
        &["EXTENSION_NO_DELETE files"],
    ),
    (
        "2 enum E { X = 0; }",
        "enum E { X = 0; }",
        &["ENUM_SAME_TYPE code", "FILE_SAME_SYNTAX code"],
    ),
    (
        "message M { string a = 1; }",
        "2 message M { optional string a = 1; }",
        &[
            "FIELD_SAME_CARDINALITY code",
            "FIELD_SAME_JAVA_UTF8_VALIDATION code",
            "FIELD_SAME_UTF8_VALIDATION code",
            "FILE_SAME_SYNTAX code",
            "MESSAGE_SAME_JSON_FORMAT json",
        ],
    ),
];
