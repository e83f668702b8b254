//! The program; all of it is in the library.

fn main() -> std::process::ExitCode {
    mremap_lint::cli::run(std::env::args_os())
}
