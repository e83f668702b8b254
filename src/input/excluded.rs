//! Paths that the user wants left out, by patterns.

use ignore::gitignore::{Gitignore, GitignoreBuilder};
use std::path::{Path, PathBuf};

/// Patterns of paths that a walk leaves out, in the language of `.gitignore`, for what lies in one folder.
#[derive(Clone, Debug)]
pub struct Excluded {
    root: PathBuf,
    patterns: Gitignore,
}

impl Excluded {
    /// Patterns for what lies in the folder `root`, an absolute path.
    ///
    /// # Errors
    /// If a pattern is malformed, as a sentence that names it.
    pub fn new(root: &Path, patterns: &[String]) -> Result<Excluded, String> {
        let mut builder = GitignoreBuilder::new(root);
        for pattern in patterns {
            let added = builder.add_line(None, pattern);
            added.map_err(|error| format!("`{pattern}` is not a pattern of paths: {error}"))?;
        }
        let patterns = builder.build().map_err(|error| error.to_string())?;
        Ok(Excluded {
            root: root.to_path_buf(),
            patterns,
        })
    }

    /// Whether a file or folder is left out, by itself or with a folder that it lies in.
    pub fn holds(&self, path: &Path, is_folder: bool) -> bool {
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
        // The patterns speak of nothing else, and the matcher must not be asked.
        path.starts_with(&self.root) && self.patterns.matched_path_or_any_parents(&path, is_folder).is_ignore()
    }
}
