//! A buffer that grows by mremap and forgets that it may still be empty.

use std::ptr::null_mut;

pub struct Growable {
    data: *mut libc::c_void,
    length: Option<usize>,
}

impl Growable {
    pub fn grow(&mut self, wanted: usize) -> bool {
        let length = self.length.unwrap_or(0);
        let data = unsafe { libc::mremap(self.data, length, wanted, libc::MREMAP_MAYMOVE) };
        if data == libc::MAP_FAILED {
            return false;
        }
        self.data = data;
        self.length = Some(wanted);
        true
    }

    pub fn empty() -> Growable {
        Growable { data: null_mut(), length: None }
    }
}
