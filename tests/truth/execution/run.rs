//! Compiles programs in batches, runs them on all their inputs, and reads what was recorded.

use crate::execution::tree::{Program, Rendering};
use mremap_lint::source::Language;
use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

/// All executions of mremap that were reached by the same calls.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Event {
    /// Numbers of the calls that led there, outermost first; the last is mremap itself.
    pub chain: Vec<usize>,
    /// Executions whose old_size the kernel takes for zero.
    pub zero: u64,
    /// Other executions.
    pub other: u64,
    /// An example of a value that counts as zero, and of another, and the input bits of the first execution with zero.
    pub example: (u64, u64, String),
}

/// What one program did on all inputs tried.
#[derive(Clone, Debug, Default)]
pub struct Observed {
    /// What was recorded, ordered by chain.
    pub events: Vec<Event>,
    /// Every possible input was tried.
    pub exhaustive: bool,
}

/// Compiles the programs together and runs them. All are of one language, and all or none have a build setting.
/// An error is the compiler's or the program's own word on what is wrong with the generator.
pub fn observe(programs: &[(Program, Rendering)], folder: &Path) -> Result<Vec<Observed>, String> {
    let settings: &[bool] = if programs[0].0.setting.is_some() {
        &[false, true]
    } else {
        &[false]
    };
    let mut observed: Vec<Observed> = vec![
        Observed {
            exhaustive: true,
            ..Observed::default()
        };
        programs.len()
    ];
    for &setting in settings {
        let printed = match programs[0].0.language {
            Language::Rust => super::rust::compile_and_run(programs, setting, folder)?,
            _ => compile_and_run(programs, setting, folder)?,
        };
        read(&printed, &mut observed)?;
    }
    Ok(observed)
}

fn compile_and_run(programs: &[(Program, Rendering)], setting: bool, folder: &Path) -> Result<String, String> {
    let mut text = include_str!("driver.c").to_owned();
    for (program, rendering) in programs {
        if let (true, Some(name)) = (setting, &program.setting) {
            let _ = writeln!(text, "#define {name} 1");
        }
        for (file, compiled) in program.files.iter().zip(&rendering.compiled) {
            let _ = writeln!(text, "#line 1 \"{}\"\n{compiled}", file.name);
        }
    }
    text.push_str("const struct program programs[] = {\n");
    for (program, _) in programs {
        let entries: Vec<String> = program
            .entries
            .iter()
            .map(|name| format!("(void (*)(void)){name}"))
            .collect();
        let _ = writeln!(text, "{{ {}, {{ {} }} }},", entries.len(), entries.join(", "));
    }
    let _ = writeln!(text, "}};\nconst int program_count = {};", programs.len());
    let cpp = programs[0].0.language == Language::Cpp;
    let (name, variable, compiler, standard) = match cpp {
        true => ("batch.cc", "CXX", "c++", "-std=gnu++20"),
        false => ("batch.c", "CC", "cc", "-std=gnu11"),
    };
    let (source, binary) = (folder.join(name), folder.join("batch"));
    std::fs::write(&source, text).map_err(|error| error.to_string())?;
    let compiler = std::env::var(variable).unwrap_or_else(|_| compiler.to_owned());
    let mut command = Command::new(compiler);
    command.args([standard, "-O0", "-w", "-fwrapv"]);
    command.args(std::env::var("EXECUTION_CFLAGS").unwrap_or_default().split_whitespace());
    output_of(command.arg("-o").arg(&binary).arg(&source))?;
    output_of(&mut Command::new(&binary))
}

/// What a command prints; an error if it fails.
pub fn output_of(command: &mut Command) -> Result<String, String> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("{command:?}: {error}"))?;
    match output.status.success() {
        true => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        false => Err(format!(
            "{command:?}: {}\n{}",
            output.status,
            String::from_utf8_lossy(&output.stderr)
        )),
    }
}

/// Reads the driver's lines and adds them to what was seen before.
fn read(printed: &str, observed: &mut [Observed]) -> Result<(), String> {
    let mut current = None;
    for line in printed.lines() {
        let words: Vec<&str> = line.split(' ').collect();
        match *words.as_slice() {
            ["program", number, _, exhaustive] => {
                let program: &mut Observed =
                    &mut observed[number.parse::<usize>().map_err(|error| error.to_string())?];
                program.exhaustive &= exhaustive == "1";
                current = Some(program);
            }
            ["event", zero, other, zero_value, other_value, input, ref chain @ ..] => {
                let program = current.as_mut().ok_or("an event before its program")?;
                let count = |text: &str| text.parse::<u64>().map_err(|error| error.to_string());
                let bits = |text: &str| u64::from_str_radix(text, 16).map_err(|error| error.to_string());
                let chain = chain.iter().map(|call| count(call).map(|number| number as usize));
                let event = Event {
                    chain: chain.collect::<Result<_, _>>()?,
                    zero: count(zero)?,
                    other: count(other)?,
                    example: (bits(zero_value)?, bits(other_value)?, input[1..].to_owned()),
                };
                add(&mut program.events, event);
            }
            _ => return Err(format!("the driver printed: {line}")),
        }
    }
    Ok(())
}

/// Adds an event to one of the same chain, or as a new one.
fn add(events: &mut Vec<Event>, event: Event) {
    match events.binary_search_by(|known| known.chain.cmp(&event.chain)) {
        Ok(index) => {
            let known = &mut events[index];
            if known.zero == 0 {
                known.example.0 = event.example.0;
                known.example.2 = event.example.2;
            }
            if known.other == 0 {
                known.example.1 = event.example.1;
            }
            known.zero += event.zero;
            known.other += event.other;
        }
        Err(index) => events.insert(index, event),
    }
}
