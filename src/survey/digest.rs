//! The digest of a package's content, by which a later run sees that it has changed.

use sha2::{Digest, Sha256};
use std::fmt::Write;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use super::package::{Content, Package, files};

/// Bytes read at once.
const BLOCK: usize = 1 << 18;

/// A SHA-256 in 32 bytes.
type Hash = [u8; 32];

/// `sha256:` and the SHA-256 of the file; where a package has several, that of a list: for each file its path in the package,
/// a zero byte, and the 32 bytes of the SHA-256 of its content, or 32 zero bytes if it cannot be read. `None` if there is
/// nothing to read.
pub(super) fn digest(package: &Package) -> Option<String> {
    let hash = match &package.content {
        Content::File => of_file(&package.path)?,
        Content::Debian(files) => of_files(files, package.path.parent()),
        Content::Folder => of_files(&files(&package.path), Some(&package.path)),
        Content::Nothing => return None,
    };
    Some(format!("sha256:{}", hexadecimal(&hash)))
}

/// Bytes as hexadecimal digits.
pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    let mut text = String::new();
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

fn of_files(files: &[PathBuf], folder: Option<&Path>) -> Hash {
    let mut list = Sha256::new();
    for file in files {
        let below = folder.and_then(|folder| file.strip_prefix(folder).ok()).unwrap_or(file);
        list.update(below.as_os_str().as_encoded_bytes());
        list.update([0]);
        list.update(of_file(file).unwrap_or_default());
    }
    list.finalize().into()
}

fn of_file(path: &Path) -> Option<Hash> {
    // Opening a FIFO could wait for ever.
    fs::metadata(path).ok().filter(fs::Metadata::is_file)?;
    let mut file = File::open(path).ok()?;
    let mut hash = Sha256::new();
    let mut block = vec![0; BLOCK];
    loop {
        match file.read(&mut block) {
            Ok(0) => return Some(hash.finalize().into()),
            Ok(read) => hash.update(&block[..read]),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(_) => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SHA-256 of `abc` (FIPS 180-4).
    const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    fn of(path: PathBuf) -> Option<String> {
        digest(&Package::new(path))
    }

    #[test]
    fn the_digest_of_a_file_is_its_sha_256() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("a.zip");
        assert_eq!(of(file.clone()), None);
        fs::write(&file, "abc").expect("the folder is ours");
        assert_eq!(of(file), Some(format!("sha256:{ABC}")));
    }

    #[test]
    fn the_digest_of_a_folder_tells_names_from_content() {
        let digests = [
            &[("a", "abc")][..],
            &[("b", "abc")],
            &[("a", "ab"), ("c", "")],
            &[("a", ""), ("b", "abc")],
            &[("a/b", "abc")],
            &[],
        ]
        .map(|tree| {
            let folder = tempfile::tempdir().expect("a temporary folder");
            for (name, text) in tree {
                let path = folder.path().join(name);
                fs::create_dir_all(path.parent().expect("a file lies in a folder")).expect("the folder is ours");
                fs::write(path, text).expect("the folder is ours");
            }
            of(folder.path().to_path_buf())
        });
        for (index, one) in digests.iter().enumerate() {
            assert!(one.is_some() && !digests[index + 1..].contains(one), "{digests:?}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn links_and_hidden_names() {
        let digest_with = |make: &dyn Fn(&Path)| {
            let folder = tempfile::tempdir().expect("a temporary folder");
            fs::write(folder.path().join("a"), "abc").expect("the folder is ours");
            make(folder.path());
            of(folder.path().to_path_buf())
        };
        let plain = digest_with(&|_| {});
        let link =
            digest_with(&|folder| std::os::unix::fs::symlink("/", folder.join("b")).expect("the folder is ours"));
        let hidden = digest_with(&|folder| fs::write(folder.join(".b"), "").expect("the folder is ours"));
        assert_eq!(plain, link);
        assert_ne!(plain, hidden);
    }
}
