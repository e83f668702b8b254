//! The environment in which generated Rust programs run: it gives them their input, records every call of mremap with the
//! calls that led there, and enumerates all inputs of each program. The programs and their table are appended to this file.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};

const BITS: usize = 48;
const RUNS: usize = 4096;
const EXTRA: u64 = 512;

#[derive(Default)]
struct Event {
    chain: Vec<u32>,
    zero: u64,
    other: u64,
    zero_value: usize,
    other_value: usize,
    input: String,
}

#[derive(Default)]
struct State {
    /// The input of one run: bits that are given, then zeros, or noise.
    bits: Vec<bool>,
    given: usize,
    used: usize,
    overrun: bool,
    noise: u64,
    /// The calls that are being executed.
    chain: Vec<u32>,
    events: Vec<Event>,
}

thread_local! {
    static STATE: RefCell<State> = RefCell::default();
}

fn with<T>(work: impl FnOnce(&mut State) -> T) -> T {
    STATE.with(|state| work(&mut state.borrow_mut()))
}

mod input {
    pub fn coin() -> bool {
        crate::with(|state| {
            if state.used == crate::BITS {
                state.overrun = true;
                return false;
            }
            if state.used >= state.given {
                state.noise = state.noise.wrapping_mul(6364136223846793005);
                state.noise = if state.noise == 0 { 0 } else { state.noise.wrapping_add(1442695040888963407) };
                state.bits.truncate(state.used);
                state.bits.push(state.noise >> 63 == 1);
            }
            state.used += 1;
            state.bits[state.used - 1]
        })
    }

    /// Never 3, so that a match on 0, 1 and 2 also sees another value.
    pub fn pick() -> i32 {
        match (coin(), coin()) {
            (false, low) => i32::from(low),
            (true, false) => 2,
            (true, true) => 77,
        }
    }

    pub fn area() -> *mut std::ffi::c_void {
        8192 as *mut std::ffi::c_void
    }
}

/// Pops the call when it is over, by whatever way.
struct Entered;

impl Drop for Entered {
    fn drop(&mut self) {
        with(|state| state.chain.pop());
    }
}

fn enter(number: u32) -> Entered {
    with(|state| state.chain.push(number));
    Entered
}

macro_rules! call {
    ($number:expr, $call:expr) => {{
        let _entered = crate::enter($number);
        $call
    }};
}

/// Rounds up to pages in 64 bits, as the kernel does.
fn pages(size: usize) -> usize {
    size.wrapping_add(4095) & !4095
}

/// Records the call. What the kernel refuses whatever the mapping is, fails here too.
fn record(old_size: usize, new_size: usize, flags: i32) -> *mut std::ffi::c_void {
    with(|state| {
        let at = state.events.iter().position(|event| event.chain == state.chain).unwrap_or_else(|| {
            let chain = state.chain.clone();
            state.events.push(Event { chain, ..Event::default() });
            state.events.len() - 1
        });
        let event = &mut state.events[at];
        if pages(old_size) == 0 {
            if event.zero == 0 {
                event.input = state.bits[..state.used].iter().map(|&bit| if bit { '1' } else { '0' }).collect();
            }
            event.zero += 1;
            event.zero_value = old_size;
        } else {
            event.other += 1;
            event.other_value = old_size;
        }
    });
    match pages(new_size) == 0 || (pages(old_size) == 0 && flags & 1 == 0) {
        true => libc::MAP_FAILED,
        false => input::area(),
    }
}

mod libc {
    pub use std::ffi::c_void;
    pub const MREMAP_MAYMOVE: i32 = 1;
    pub const MREMAP_FIXED: i32 = 2;
    pub const MAP_FAILED: *mut c_void = !0 as *mut c_void;
    pub const SYS_mremap: i64 = 25;
    pub unsafe fn mremap(_: *mut c_void, old: usize, new: usize, flags: i32) -> *mut c_void {
        crate::record(old, new, flags)
    }
    pub unsafe fn mremap_to(_: *mut c_void, old: usize, new: usize, flags: i32, _: *mut c_void) -> *mut c_void {
        crate::record(old, new, flags)
    }
    pub unsafe fn syscall(_: i64, _: *mut c_void, old: usize, new: usize, flags: i32) -> i64 {
        crate::record(old, new, flags) as i64
    }
}

mod rustix {
    pub mod mm {
        pub struct MremapFlags;
        impl MremapFlags {
            pub const MAYMOVE: MremapFlags = MremapFlags;
        }
        pub unsafe fn mremap(
            _: *mut std::ffi::c_void,
            old: usize,
            new: usize,
            _: MremapFlags,
        ) -> Result<*mut std::ffi::c_void, ()> {
            let address = crate::record(old, new, 1);
            if address == crate::libc::MAP_FAILED { Err(()) } else { Ok(address) }
        }
    }
}

fn run(program: fn()) {
    with(|state| {
        state.used = 0;
        state.chain.clear();
    });
    let _ = catch_unwind(AssertUnwindSafe(program));
}

fn main() {
    std::panic::set_hook(Box::new(|_| {}));
    for (number, &program) in PROGRAMS.iter().enumerate() {
        let mut runs = 0;
        with(|state| *state = State::default());
        loop {
            run(program);
            runs += 1;
            let given = with(|state| {
                state.bits.truncate(state.used);
                while state.bits.pop_if(|bit| *bit).is_some() {}
                if let Some(last) = state.bits.last_mut() {
                    *last = true;
                }
                state.given = state.bits.len();
                state.given
            });
            if given == 0 || runs == RUNS {
                break;
            }
        }
        let exhaustive = with(|state| state.given == 0 && !state.overrun);
        for extra in 0..if exhaustive { 0 } else { EXTRA } {
            with(|state| {
                state.given = 0;
                state.noise = state.noise.wrapping_add(2 * extra + 1);
            });
            run(program);
        }
        println!("program {number} {runs} {}", u8::from(exhaustive));
        with(|state| {
            for event in &state.events {
                let chain: String = event.chain.iter().map(|call| format!(" {call}")).collect();
                let Event { zero, other, zero_value, other_value, input, .. } = event;
                println!("event {zero} {other} {zero_value:x} {other_value:x} ={input}{chain}");
            }
        });
    }
}
