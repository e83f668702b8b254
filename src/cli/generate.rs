//! Manual pages and completions, from the definitions of the arguments.

use super::arguments::Arguments;
use clap::CommandFactory;
use clap_complete::Shell;
use std::fs;
use std::io;
use std::path::Path;

/// Writes `man1/*.1`, `bash/mremap-lint`, `zsh/_mremap-lint` and `fish/mremap-lint.fish` into a folder.
pub(super) fn generate(folder: &Path) -> io::Result<()> {
    let mut command = Arguments::command();
    let name = env!("CARGO_PKG_NAME");
    for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
        let (folder, file) = match shell {
            Shell::Bash => (folder.join("bash"), name.to_owned()),
            Shell::Zsh => (folder.join("zsh"), format!("_{name}")),
            _ => (folder.join("fish"), format!("{name}.fish")),
        };
        fs::create_dir_all(&folder)?;
        let mut text = Vec::new();
        clap_complete::generate(shell, &mut command, name, &mut text);
        fs::write(folder.join(file), text)?;
    }
    let pages = folder.join("man1");
    fs::create_dir_all(&pages)?;
    // "help" has no page of its own.
    clap_mangen::generate_to(Arguments::command().disable_help_subcommand(true), pages)
}
