//! The arguments. Their help texts are the manual's words; the pages under `docs/` quote them and a test compares.

use super::report::ReportArguments;
use super::survey::SurveyArguments;
use super::wanted::Wanted;
use crate::formats::Format;
use crate::program::SourceLine;
use crate::source::Language;
use anstream::AutoStream;
use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};
use std::num::NonZeroU16;
use std::path::PathBuf;

/// Finds calls of Linux mremap whose old_size is or may be zero
#[derive(Debug, Parser)]
#[command(version = VERSION, max_term_width = 100, after_help = EXIT_CODES)]
pub(super) struct Arguments {
    #[command(subcommand)]
    pub command: Command,
}

/// The version and, where it is known, the commit (`build.rs`).
const VERSION: &str = env!("MREMAP_LINT_VERSION");

const EXIT_CODES: &str = "Exit codes: 0 nothing found, 1 findings, 2 wrong usage or an input that could not be read";

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Check C, C++ and Rust source
    Check(Box<CheckArguments>),
    /// Check many packages, each by itself, and keep what is found in a journal
    Survey(SurveyArguments),
    /// Make one report of the journals of surveys
    Report(ReportArguments),
    /// Print the page of a rule, or the list of rules
    Explain {
        /// The rule
        #[arg(value_parser = clap::builder::PossibleValuesParser::new(
            crate::rules::RULES.map(|rule| rule.id.id())
        ))]
        rule: Option<String>,
    },
    /// Serve an editor: the language server protocol over standard input and output
    Lsp {
        /// Accepted, because many editors pass it; nothing else is served
        #[arg(long)]
        stdio: bool,
    },
    /// Write manual pages and completions for bash, zsh and fish into a folder
    Generate {
        /// The folder; it gets man1/, bash/, zsh/ and fish/
        #[arg(value_name = "FOLDER", value_hint = ValueHint::DirPath)]
        folder: PathBuf,
    },
}

#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub(super) struct CheckArguments {
    /// Files, directories and archives; `-` is standard input, a file's text that is not saved yet [default: the current
    /// directory]
    #[arg(value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub paths: Vec<PathBuf>,

    /// How to print the results
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,

    /// Write the results to FILE, whole or not at all, instead of standard output
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub output: Option<PathBuf>,

    #[command(flatten)]
    pub wanted: Wanted,

    /// Count and show only what this earlier SARIF report does not have
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub baseline: Option<PathBuf>,

    /// Write what is found to the baseline, and exit with 0
    #[arg(long, requires = "baseline")]
    pub update_baseline: bool,

    /// Leave the place of the sources out of SARIF, so that equal trees give equal bytes wherever they lie
    #[arg(long)]
    pub no_source_root: bool,

    /// The id of the run in SARIF; up to its last `/` it is GitHub's category
    #[arg(long, value_name = "ID")]
    pub run_id: Option<String>,

    /// The URI of the repository, for SARIF
    #[arg(long, value_name = "URI", value_parser = uri, value_hint = ValueHint::Url)]
    pub repository: Option<String>,

    /// The revision that is checked, for SARIF
    #[arg(long, value_name = "ID", requires = "repository")]
    pub revision: Option<String>,

    /// Exit with 0 instead of 1 when there are findings
    #[arg(long)]
    pub exit_zero: bool,

    /// Say nothing on standard error but what could not be read
    #[arg(short, long)]
    pub quiet: bool,

    /// Also print the number of findings of each rule, and of pieces that were not understood, to standard error
    #[arg(long)]
    pub statistics: bool,

    /// Instead of results, print how the verdict on the calls that start on this line came about
    #[arg(long, value_name = "FILE:LINE", value_parser = place,
          conflicts_with_all = ["format", "unproven", "all_calls", "show_suppressed", "baseline", "exit_zero", "statistics"])]
    pub explain_call: Option<SourceLine>,

    /// Number of threads [default: one for each processor]
    #[arg(short, long, value_name = "N")]
    pub jobs: Option<NonZeroU16>,

    /// Read this configuration file instead of the `mremap-lint.toml` that is found above the paths
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub config: Option<PathBuf>,

    /// Read no configuration file
    #[arg(long, conflicts_with = "config")]
    pub no_config: bool,

    /// Leave out what a walk meets under paths that fit the pattern, as in .gitignore
    #[arg(long, value_name = "PATTERN")]
    pub exclude: Vec<String>,

    /// Leave out what --exclude and the configuration name even where a path names it
    #[arg(long)]
    pub force_exclude: bool,

    /// Read all files as this language instead of going by name and content
    #[arg(long = "lang", value_name = "LANGUAGE", value_enum)]
    pub language: Option<LanguageName>,

    /// Standard input is the text of this file, which need not exist, among the other files of its repository, or folder, or
    /// of the paths given; only what is found in it is reported
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub stdin_filename: Option<PathBuf>,

    /// When to use colours in the text format
    #[arg(long, value_enum, value_name = "WHEN", default_value_t = Color::Auto)]
    pub color: Color,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum LanguageName {
    C,
    #[value(alias = "c++", alias = "cxx")]
    Cpp,
    Rust,
}

impl From<LanguageName> for Language {
    fn from(name: LanguageName) -> Language {
        match name {
            LanguageName::C => Language::C,
            LanguageName::Cpp => Language::Cpp,
            LanguageName::Rust => Language::Rust,
        }
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Color {
    /// If standard output is a terminal; NO_COLOR and CLICOLOR are obeyed
    Auto,
    Always,
    Never,
}

impl Color {
    /// Whether to colour what goes to standard output or, if not there, to a file.
    pub fn wanted(self, to_stdout: bool) -> bool {
        match self {
            Color::Auto => to_stdout && AutoStream::choice(&std::io::stdout()) != anstream::ColorChoice::Never,
            Color::Always => true,
            Color::Never => false,
        }
    }
}

/// `FILE:LINE`.
fn place(text: &str) -> Result<SourceLine, String> {
    let (path, line) = text
        .rsplit_once(':')
        .ok_or("expected FILE:LINE, as in `src/ring.c:23`")?;
    let line = line.parse().ok().filter(|&line| line > 0);
    Ok(SourceLine {
        path: path.into(),
        line: line.ok_or_else(|| format!("`{text}` does not end in the number of a line"))?,
    })
}

/// An absolute URI, as SARIF wants it (3.23.3).
fn uri(text: &str) -> Result<String, String> {
    let scheme = text.split_once(':').map_or("", |(scheme, _)| scheme);
    let is_scheme = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
    let is_plain = text.chars().all(|c| c.is_ascii_graphic() && !"\"<>\\^`{|}".contains(c));
    if is_scheme && is_plain {
        Ok(text.to_owned())
    } else {
        Err("expected an absolute URI, as in `https://example.org/project`".to_owned())
    }
}
