//! Debian source packages: what a `.dsc` file says, and in which order its parts make up the source (dsc(5),
//! dpkg-source(1)).

use super::format_of;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Bytes of a `.dsc` file at most.
const LONGEST: u64 = 4 << 20;

/// What a `.dsc` file says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dsc {
    /// The name of the source package.
    pub source: String,
    /// Its version, with the epoch.
    pub version: String,
    /// The files that it consists of, besides the `.dsc` file itself.
    pub parts: Vec<Part>,
}

/// A file of a source package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Its name, beside the `.dsc` file.
    pub name: String,
    /// Its size in bytes.
    pub size: u64,
    /// Its SHA-256 in hexadecimal digits.
    pub sha256: Option<String>,
}

/// What a part is good for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PartRole {
    /// The upstream source, or all of a native package.
    Upstream,
    /// Further upstream source for a folder of this name.
    Component(String),
    /// The folder `debian`, with the patches.
    Debian,
    /// The difference to the upstream source (format 1.0).
    Difference,
    /// A signature.
    Signature,
}

impl Dsc {
    /// Reads a file if it is one.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn read(path: &Path) -> io::Result<Option<Dsc>> {
        if !Dsc::has_name(path) || format_of(path)?.is_some() {
            return Ok(None);
        }
        let mut bytes = Vec::new();
        File::open(path)?.take(LONGEST).read_to_end(&mut bytes)?;
        Ok(Dsc::parse(&String::from_utf8_lossy(&bytes)))
    }

    /// Whether a file is named like one. It is text, so nothing else tells.
    pub fn has_name(path: &Path) -> bool {
        path.extension().is_some_and(|extension| extension == "dsc")
    }

    /// What a text says, signed or not; `None` if it is no description of a source package.
    pub fn parse(text: &str) -> Option<Dsc> {
        let mut dsc = Dsc::default();
        let mut sums: BTreeMap<String, String> = BTreeMap::new();
        let mut field = String::new();
        for line in text.lines() {
            if line.starts_with("-----BEGIN PGP SIGNATURE") {
                break;
            }
            if line.starts_with([' ', '\t']) {
                let words: Vec<&str> = line.split_whitespace().collect();
                let [sum, size, name] = words[..] else { continue };
                match field.as_str() {
                    "files" => dsc.parts.push(Part {
                        name: name.to_owned(),
                        size: size.parse().ok()?,
                        sha256: None,
                    }),
                    "checksums-sha256" => {
                        sums.entry(name.to_owned()).or_insert_with(|| sum.to_ascii_lowercase());
                    }
                    _ => {}
                }
            } else if let Some((name, value)) = line.split_once(':') {
                field = name.to_ascii_lowercase();
                match field.as_str() {
                    "source" => dsc.source = value.trim().to_owned(),
                    "version" => dsc.version = value.trim().to_owned(),
                    _ => {}
                }
            }
        }
        for part in &mut dsc.parts {
            part.sha256 = sums.get(&part.name).cloned();
            // A name is that of a file beside this one.
            if part.name.contains('/') || part.name.starts_with('.') {
                return None;
            }
        }
        // Name and version become part of paths.
        let is_plain = |text: &str| !text.is_empty() && !text.starts_with('.') && !text.contains(['/', '\0']);
        (is_plain(&dsc.source) && is_plain(&dsc.version) && !dsc.parts.is_empty()).then_some(dsc)
    }

    /// `package_version`, without the epoch, as Debian names the files.
    pub fn label(&self) -> String {
        let version = self
            .version
            .split_once(':')
            .map_or(self.version.as_str(), |(_, version)| version);
        format!("{}_{version}", self.source)
    }
}

impl Part {
    /// What the part is, by its name.
    pub fn role(&self) -> PartRole {
        let name = &self.name;
        if name.ends_with(".asc") || name.ends_with(".sig") {
            return PartRole::Signature;
        }
        if name.ends_with(".diff.gz") {
            return PartRole::Difference;
        }
        let Some((stem, _)) = name.rsplit_once(".tar") else {
            return PartRole::Upstream;
        };
        if stem.ends_with(".debian") {
            return PartRole::Debian;
        }
        match stem.rsplit_once(".orig-") {
            Some((_, component)) => PartRole::Component(component.to_owned()),
            None => PartRole::Upstream,
        }
    }

    /// What is wrong with the file: a predicate without final stop.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn complaint(&self, path: &Path) -> io::Result<Option<String>> {
        let mut file = File::open(path)?;
        let size = file.metadata()?.len();
        if size != self.size {
            return Ok(Some(format!(
                "has {size} bytes, not {} as the .dsc file says",
                self.size
            )));
        }
        let Some(expected) = &self.sha256 else { return Ok(None) };
        let mut hasher = Sha256::new();
        let mut buffer = vec![0; 1 << 16];
        loop {
            let read = file.read(&mut buffer)?;
            if read == 0 {
                break;
            }
            hasher.update(&buffer[..read]);
        }
        let mut sum = String::new();
        for byte in hasher.finalize() {
            let _ = write!(sum, "{byte:02x}");
        }
        Ok((sum != *expected).then(|| "has another SHA-256 than the .dsc file says".to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
-----BEGIN PGP SIGNED MESSAGE-----
Hash: SHA512

Format: 3.0 (quilt)
Source: ring
Binary: ring, libring
Version: 1:2.0-3
Checksums-Sha256:
 AB12 10 ring_2.0.orig.tar.xz
Files:
 cd34 10 ring_2.0.orig.tar.xz
 ef56 7 ring_2.0.orig-doc.tar.gz
 ef56 8 ring_2.0-3.debian.tar.xz
 ef56 9 ring_2.0.orig.tar.xz.asc

-----BEGIN PGP SIGNATURE-----
Version: 9
";

    #[test]
    fn a_signed_description_is_read() {
        let dsc = Dsc::parse(TEXT).expect("a package");
        assert_eq!(dsc.label(), "ring_2.0-3");
        let parts: Vec<(PartRole, u64)> = dsc.parts.iter().map(|part| (part.role(), part.size)).collect();
        let expected = [
            (PartRole::Upstream, 10),
            (PartRole::Component("doc".into()), 7),
            (PartRole::Debian, 8),
            (PartRole::Signature, 9),
        ];
        assert_eq!(parts, expected);
        assert_eq!(dsc.parts[0].sha256.as_deref(), Some("ab12"));
        assert_eq!(dsc.parts[1].sha256, None);
    }

    #[test]
    fn very_many_parts_take_no_time() {
        let lines: String = (0..200_000).map(|number| format!(" a 1 {number}\n")).collect();
        let text = format!("Source: a\nVersion: 1\nChecksums-Sha256:\n{lines}Files:\n{lines}");
        let dsc = Dsc::parse(&text).expect("a package");
        assert!(dsc.parts.len() == 200_000 && dsc.parts.iter().all(|part| part.sha256.is_some()));
    }

    #[test]
    fn other_texts_are_none() {
        for text in [
            "",
            "Source: a\nVersion: 1\n",
            "Source: a\nVersion: 1\nFiles:\n x 1 ../../etc/passwd\n",
            "Source: ../a\nVersion: 1\nFiles:\n x 1 x.tar\n",
            "Source: a\nVersion: 1/2\nFiles:\n x 1 x.tar\n",
        ] {
            assert_eq!(Dsc::parse(text), None, "{text}");
        }
    }
}
