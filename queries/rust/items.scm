; Rust.
