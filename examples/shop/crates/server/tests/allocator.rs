//! Memory that is free can be given back, whoever has taken and freed it.

#![cfg(target_os = "linux")]

use std::thread;

use chassis::runtime::memory;
use server::allocator;
use tikv_jemalloc_ctl::background_thread;

const BLOCKS: usize = 64;
const BLOCK: usize = 1 << 20;

#[test]
fn threads_of_jemalloc_look_for_what_is_free() {
    allocator::purge_in_background();
    assert_eq!(background_thread::read(), Ok(true));
}

#[test]
fn what_is_free_is_given_back() {
    let taken = || -> Vec<_> { (0..BLOCKS).map(|_| vec![1_u8; BLOCK]).collect() };
    // Each thread frees what the other has taken, and the one that has taken it is gone.
    let theirs = thread::spawn(taken).join().expect("memory");
    let ours = taken();
    let full = memory::resident().expect("Linux");
    thread::spawn(|| drop(ours)).join().expect("freed");
    drop(theirs);
    allocator::purge();
    let left = memory::resident().expect("Linux");
    let freed = (2 * BLOCKS * BLOCK) as u64;
    assert!(
        left + freed / 10 * 9 < full,
        "{left} of {full} bytes are left"
    );
}
