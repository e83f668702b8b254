//! The names that archives give, as paths that cannot lead out of them.

use std::path::{Component, Path, PathBuf};

/// A member's name as a path below the archive, and whether it would have led elsewhere.
pub(super) fn clean(name: &[u8]) -> (PathBuf, bool) {
    let mut path = PathBuf::new();
    let mut strange = name.first() == Some(&b'/');
    for part in name.split(|&byte| byte == b'/' || byte == 0) {
        match part {
            b"" | b"." => {}
            b".." => strange = true,
            part => path.push(part_of_path(part)),
        }
    }
    (path, strange)
}

/// Where a symbolic link leads, from the archive's root; `None` if out of the archive.
pub(super) fn target(link: &Path, text: &[u8]) -> Option<PathBuf> {
    if text.first() == Some(&b'/') {
        return None;
    }
    let mut path = link.parent()?.to_path_buf();
    for part in text.split(|&byte| byte == b'/') {
        match part {
            b"" | b"." => {}
            b".." if matches!(path.components().next_back(), Some(Component::Normal(_))) => {
                path.pop();
            }
            b".." => return None,
            part => path.push(part_of_path(part)),
        }
    }
    Some(path)
}

#[cfg(unix)]
fn part_of_path(part: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt;
    PathBuf::from(std::ffi::OsStr::from_bytes(part))
}

#[cfg(not(unix))]
fn part_of_path(part: &[u8]) -> PathBuf {
    PathBuf::from(String::from_utf8_lossy(part).replace(['\\', ':'], "_"))
}
