//! One direction, no circles: a module uses only modules that `src/lib.rs` declares before it, and of the files in one folder
//! none uses one that uses it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use crate::references::Modules;

/// What formats may use: they read findings and rules, and decide nothing.
const FOR_FORMATS: [&str; 5] = ["paths", "source", "finding", "rules", "formats"];

/// Circles that are allowed: the folder, all that is in the circle, and the reason.
const ALLOWED: &[(&str, &[&str], &str)] = &[(
    "lower/rust",
    &[
        "aggregates",
        "blocks",
        "calls",
        "cells",
        "closures",
        "comparisons",
        "declarations",
        "dispatch",
        "drops",
        "integers",
        "items",
        "iteration",
        "known",
        "loops",
        "methods",
        "options",
        "order",
        "panics",
        "paths",
        "patterns",
        "sequences",
    ],
    "the language is a circle: an expression holds calls, closures, patterns and blocks, and these hold expressions. C has a \
     type whose methods call each other; here they are functions, a file for each construct",
)];

/// The modules in the order of their declarations.
fn order() -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs");
    let text = fs::read_to_string(path).expect("sources are text");
    let declared = text.lines().filter_map(|line| {
        let rest = line.strip_prefix("pub ").unwrap_or(line).strip_prefix("mod ")?;
        rest.strip_suffix(';').map(str::to_owned)
    });
    declared.collect()
}

#[test]
fn modules_use_only_what_comes_before_them() {
    let modules = Modules::read();
    let order = order();
    let place = |name: &str| order.iter().position(|known| known == name);
    let declared: BTreeSet<&str> = order.iter().map(String::as_str).collect();
    assert_eq!(declared, modules.top_level());
    let mut wrong = Vec::new();
    for (user, used) in modules.references() {
        let (module, other) = (user[0].as_str(), used[0].as_str());
        let allowed = match module {
            "formats" => FOR_FORMATS.contains(&other),
            _ => place(other) <= place(module),
        };
        if !allowed {
            wrong.push(format!("{} uses {}", user.join("/"), used.join("/")));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Which of the files and folders in one folder use which.
type Graph = BTreeMap<String, BTreeSet<String>>;

/// For each folder below the crate what in it uses what; a file and the folder of its name are one.
fn folders(modules: &Modules) -> BTreeMap<String, Graph> {
    let mut found: BTreeMap<String, Graph> = BTreeMap::new();
    for (user, used) in modules.references() {
        let common = user.iter().zip(&used).take_while(|(one, other)| one == other).count();
        if common > 0 {
            let graph = found.entry(user[..common].join("/")).or_default();
            let users = graph.entry(user[common].clone()).or_default();
            users.insert(used[common].clone());
        }
    }
    found
}

/// All that is used from one on, directly or not.
fn reached<'g>(graph: &'g Graph, from: &'g str) -> BTreeSet<&'g str> {
    let mut found = BTreeSet::new();
    let mut pending = vec![from];
    while let Some(next) = pending.pop() {
        let used = graph.get(next).into_iter().flatten();
        pending.extend(used.map(String::as_str).filter(|used| found.insert(*used)));
    }
    found
}

/// The largest sets of which each member uses each other, directly or not.
fn circles(graph: &Graph) -> BTreeSet<Vec<&str>> {
    let users = graph.keys().map(String::as_str);
    let circles = users.map(|user| {
        let used = reached(graph, user).into_iter();
        used.filter(|other| reached(graph, other).contains(user)).collect()
    });
    circles.filter(|circle: &Vec<_>| !circle.is_empty()).collect()
}

#[test]
fn files_of_one_folder_do_not_use_each_other_in_circles() {
    let modules = Modules::read();
    let folders = folders(&modules);
    assert!(folders.len() > 10, "only {:?} were looked at", folders.keys());
    let mut allowed: BTreeSet<_> = ALLOWED
        .iter()
        .map(|(folder, circle, _)| (*folder, circle.to_vec()))
        .collect();
    let mut wrong = Vec::new();
    for (folder, graph) in &folders {
        for circle in circles(graph) {
            if allowed.remove(&(folder.as_str(), circle.clone())) {
                continue;
            }
            for user in &circle {
                let used = graph[*user].iter().filter(|used| circle.contains(&used.as_str()));
                let used: Vec<&str> = used.map(String::as_str).collect();
                wrong.push(format!("{folder}: {user} uses {}", used.join(", ")));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(
        allowed.is_empty(),
        "no longer there, or with other members: {allowed:#?}"
    );
}
