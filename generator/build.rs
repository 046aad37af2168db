//! Rebuilds the generator when a file is added to the template: `include_dir` alone only sees
//! changes to files that it already embeds.

fn main() {
    println!("cargo::rerun-if-changed=template");
}
