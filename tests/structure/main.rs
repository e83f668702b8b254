//! The source itself: which module may use which, and how long files and functions are.

mod files;
mod layers;
mod references;
mod sizes;
