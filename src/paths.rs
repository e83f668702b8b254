//! Paths as such: without dots, without links, as URIs; and the root of a repository.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, percent_encode};
use std::path::{Component, Path, PathBuf};

/// What lies at the root of a repository.
const REPOSITORY: [&str; 5] = [".git", ".hg", ".jj", ".svn", ".bzr"];
/// What is encoded of a path in a URI.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'/')
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'!')
    .remove(b'$')
    .remove(b'&')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b'+')
    .remove(b',')
    .remove(b';')
    .remove(b'=')
    .remove(b'@');

/// Whether a folder is the root of a repository.
pub fn is_repository(folder: &Path) -> bool {
    REPOSITORY.iter().any(|name| folder.join(name).exists())
}

/// The path without `.` and `..`. Links are not looked at.
pub fn without_dots(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                plain.pop();
            }
            other => plain.push(other),
        }
    }
    plain
}

/// The path without links and dots, as far as it exists; the rest is taken as it is written.
pub fn resolve(path: &Path) -> PathBuf {
    if let Ok(real) = path.canonicalize() {
        return real;
    }
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    let plain = without_dots(&absolute);
    for ancestor in plain.ancestors().skip(1) {
        if let (Ok(real), Ok(below)) = (ancestor.canonicalize(), plain.strip_prefix(ancestor)) {
            return real.join(below);
        }
    }
    plain
}

/// The bytes of a path, encoded as RFC 3986 wants it in a URI: all but `pchar` and the slash; the colon too, lest a first segment
/// look like a scheme.
pub fn percent_encoded(path: &Path) -> String {
    percent_encode(path.as_os_str().as_encoded_bytes(), ENCODED).to_string()
}

/// The file that a `file:` URI names on this machine; `None` for all else.
pub fn of_file_uri(uri: &str) -> Option<PathBuf> {
    let (scheme, rest) = uri.split_once("://")?;
    let (host, path) = rest.split_at(rest.find('/')?);
    let is_here = host.is_empty() || host.eq_ignore_ascii_case("localhost");
    // Neither a query nor a fragment is part of a file's name.
    let path = path.split(['?', '#']).next()?;
    let is_file = scheme.eq_ignore_ascii_case("file") && is_here && is_encoded(path);
    is_file.then(|| from_bytes(percent_decode_str(path).collect()))?
}

/// Whether each percent sign of a text has its two digits. The decoder takes one that has not for itself.
fn is_encoded(text: &str) -> bool {
    let is_code = |rest: &str| rest.len() >= 2 && rest.bytes().take(2).all(|digit| digit.is_ascii_hexdigit());
    text.split('%').skip(1).all(is_code)
}

/// The path of these bytes; `None` where names are made of characters, and these are none.
#[cfg(unix)]
pub fn from_bytes(bytes: Vec<u8>) -> Option<PathBuf> {
    use std::os::unix::ffi::OsStringExt;
    Some(std::ffi::OsString::from_vec(bytes).into())
}

/// The path of these bytes; `None` where names are made of characters, and these are none.
#[cfg(not(unix))]
pub fn from_bytes(bytes: Vec<u8>) -> Option<PathBuf> {
    String::from_utf8(bytes).ok().map(PathBuf::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uris_are_encoded_byte_by_byte() {
        assert_eq!(percent_encoded(Path::new("a b/100%/é.c")), "a%20b/100%25/%C3%A9.c");
        assert_eq!(percent_encoded(Path::new("c:x/[1].c")), "c%3Ax/%5B1%5D.c");
        #[cfg(unix)]
        {
            use std::os::unix::ffi::OsStrExt;
            let name = std::ffi::OsStr::from_bytes(b"caf\xe9.c");
            assert_eq!(percent_encoded(Path::new(name)), "caf%E9.c");
        }
    }

    #[test]
    fn uris_name_files() {
        let path = Path::new("/a b/100%/é#?.c");
        let uri = format!("file://{}", percent_encoded(path));
        assert_eq!(of_file_uri(&uri).as_deref(), Some(path));
        assert_eq!(of_file_uri("FILE://localhost/a.c").as_deref(), Some(Path::new("/a.c")));
        for other in [
            "untitled:Untitled-1",
            "file://elsewhere/a.c",
            "http:///a.c",
            "file:///%zz.c",
            "file:///%4",
            "file://",
            "",
        ] {
            assert_eq!(of_file_uri(other), None, "{other}");
        }
    }

    #[test]
    fn what_does_not_exist_is_resolved_as_far_as_it_does() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let real = folder.path().canonicalize().expect("it is there");
        assert_eq!(resolve(&folder.path().join("no/../new/a.c")), real.join("new/a.c"));
        assert_eq!(resolve(folder.path()), real);
    }
}
