# Everything that CI asks for, in the order of how fast it answers.

# Formatting, lints, docs
check:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets -- -D warnings
    RUSTDOCFLAGS="-D warnings" cargo doc --no-deps

# What a contributor runs before a commit
test:
    cargo test

# Everything, as CI runs it: needs python3, npm and network access
ci:
    .ci/run

# Renders examples/ again after a change to the template
examples:
    BLESS=1 cargo test --test suite examples

# Accepts the present screens of the command line
bless:
    TRYCMD=overwrite cargo test --test suite screens

# How long `new` takes, as ratios of one run
bench:
    cargo bench --bench new

# Licences, sources, duplicate and banned crates
deny:
    cargo deny check


# What the template makes now, for the tests of later versions: before a release
snapshot:
    BLESS=1 cargo test --test suite upgraded
