//! Tells the program its version, with the commit that it is built from if that is known: in a clone of the repository, or in
//! a package that was made of one. Debug builds do without, so that a commit does not make everything be built anew.

use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=PROFILE");
    let version = env!("CARGO_PKG_VERSION");
    if std::env::var("PROFILE").as_deref() != Ok("release") {
        println!("cargo:rustc-env=MREMAP_LINT_VERSION={version}");
        return;
    }
    // Not the index, which git itself rewrites when it is only asked: then each build would compile everything again.
    for path in [
        ".git/HEAD",
        ".git/logs/HEAD",
        ".cargo_vcs_info.json",
        "docs/rules",
        "src",
        "queries",
        "Cargo.toml",
    ] {
        if Path::new(path).exists() {
            println!("cargo:rerun-if-changed={path}");
        }
    }
    let commit = of_clone().or_else(of_package).map(|commit| format!(" ({commit})"));
    println!(
        "cargo:rustc-env=MREMAP_LINT_VERSION={version}{}",
        commit.unwrap_or_default()
    );
}

/// The commit that is checked out, if the folder is a clone itself and not just somewhere within one.
fn of_clone() -> Option<String> {
    if !Path::new(".git").exists() {
        return None;
    }
    let commit = git(&["rev-parse", "--short=12", "HEAD"])?;
    let changed = git(&["status", "--porcelain", "--untracked-files=no"])?;
    let dirty = if changed.is_empty() { "" } else { "-dirty" };
    (!commit.is_empty()).then(|| format!("{commit}{dirty}"))
}

/// What git answers, without the lock that would let it write to the clone.
fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git")
        .arg("--no-optional-locks")
        .args(arguments)
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}

/// The commit that `cargo package` has noted.
fn of_package() -> Option<String> {
    let noted = std::fs::read_to_string(".cargo_vcs_info.json").ok()?;
    let (_, after) = noted.split_once("\"sha1\"")?;
    let commit: String = after
        .chars()
        .skip_while(|c| !c.is_ascii_hexdigit())
        .take_while(char::is_ascii_hexdigit)
        .collect();
    (commit.len() >= 12).then(|| commit[..12].to_owned())
}
