//! Where results go: standard output, or a file that appears whole or not at all.

use std::fs::{self, File, Permissions};
use std::io::{self, BufWriter, StdoutLock, Write};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// An open output.
pub(super) enum Output {
    /// Standard output.
    Stdout(BufWriter<StdoutLock<'static>>),
    /// Something that is no regular file, such as a device or a named pipe: written as it is.
    Direct(BufWriter<File>),
    /// A file to be, and its name.
    Replacing(BufWriter<NamedTempFile>, PathBuf),
}

impl Output {
    /// Opens a file's stand-in beside it, so that renaming works and a folder that cannot be written to is noticed before
    /// the analysis, or standard output.
    pub fn open(target: Option<&Path>) -> io::Result<Output> {
        let Some(path) = target else {
            return Ok(Output::Stdout(BufWriter::new(io::stdout().lock())));
        };
        // A link stays, and what it leads to is replaced.
        let path = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
        let present = fs::metadata(&path).ok();
        if present.as_ref().is_some_and(|metadata| !metadata.is_file()) {
            let file = File::options().write(true).open(&path)?;
            return Ok(Output::Direct(BufWriter::new(file)));
        }
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let mut builder = tempfile::Builder::new();
        builder.prefix(".mremap-lint-");
        if let Some(permissions) = new_file_permissions() {
            builder.permissions(permissions);
        }
        // That there is no such folder is said without the stand-in's random name.
        fs::metadata(folder)?;
        let file = builder.tempfile_in(folder)?;
        if let Some(metadata) = present {
            file.as_file().set_permissions(metadata.permissions())?;
        }
        Ok(Output::Replacing(BufWriter::new(file), path))
    }

    /// Everything is written: gives a file its name.
    pub fn commit(self) -> io::Result<()> {
        match self {
            Output::Stdout(mut out) => out.flush(),
            Output::Direct(mut out) => out.flush(),
            Output::Replacing(out, path) => {
                let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
                file.persist(path)?;
                Ok(())
            }
        }
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Output::Stdout(out) => out.write(bytes),
            Output::Direct(out) => out.write(bytes),
            Output::Replacing(out, _) => out.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Output::Stdout(out) => out.flush(),
            Output::Direct(out) => out.flush(),
            Output::Replacing(out, _) => out.flush(),
        }
    }
}

/// What a program that just creates a file gets; the system takes the user's mask off.
fn new_file_permissions() -> Option<Permissions> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        Some(Permissions::from_mode(0o666))
    }
    #[cfg(not(unix))]
    None
}
