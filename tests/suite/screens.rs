//! What the command line says: `tests/cases` holds commands with their whole screens.

#[test]
fn commands_say_what_the_cases_show() {
    trycmd::TestCases::new().case("tests/cases/*.trycmd");
}
