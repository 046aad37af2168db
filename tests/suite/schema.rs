//! The schema of the settings, before the validator that editors' are like.

use crate::server::python;
use crate::workspace::{Workspace, slow};

#[test]
fn settings_are_valid_by_their_schema_and_wrong_ones_are_not() {
    if !slow("validating settings by their schema") {
        return;
    }
    for preset in ["minimal", "standard", "full"] {
        let workspace = Workspace::new(&format!("schema-{preset}"), &["--preset", preset]);
        python("schema.py", &[workspace.path.as_ref()]);
    }
}
