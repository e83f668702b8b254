//! The program; all of it is in the library.

fn main() -> std::process::ExitCode {
    mremap_lint::run(std::env::args_os())
}
