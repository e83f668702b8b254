//! The program as its users meet it: commands, configuration, editors, and what the pages say of it.

mod cli;
mod config;
mod explain_call;
mod lsp;
mod readme;
mod recipes;
mod survey;

#[path = "../support/mod.rs"]
mod support;
