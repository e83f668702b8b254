//! The thread that analyses. While it does, changes wait together: of a document only its last text is ever analysed.

use super::analysis::{Analysis, Context, Notice};
use super::desk::Desk;
use super::workspace::Workspace;
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::time::Instant;

/// Analyses what is new until the session is over.
pub(super) fn work(desk: &Desk, mut analyse: impl FnMut(&Workspace, &Context, &BTreeSet<PathBuf>) -> Analysis) {
    // What was said of each context last time is not said again.
    let mut said: BTreeMap<Context, BTreeSet<Notice>> = BTreeMap::new();
    while let Some(workspace) = desk.wait() {
        let begun = Instant::now();
        for (context, documents) in workspace.contexts() {
            let analysed = catch_unwind(AssertUnwindSafe(|| analyse(&workspace, &context, &documents)));
            let mut analysis = analysed.unwrap_or_else(|_| failed());
            let notices = std::mem::take(&mut analysis.notices);
            desk.publish(&workspace.open, analysis);
            let before = said.insert(context.clone(), notices).unwrap_or_default();
            desk.tell(said[&context].difference(&before));
        }
        desk.took(begun.elapsed());
    }
}

/// A bug costs one analysis, not the session; what was shown before stays.
fn failed() -> Analysis {
    let mut analysis = Analysis::default();
    analysis.notices.insert(Notice {
        is_shown: true,
        text: "the analysis failed, which is a bug of mremap-lint".to_owned(),
    });
    analysis
}

#[cfg(test)]
mod tests {
    use super::*;
    use lsp_server::Message;
    use lsp_types::Diagnostic;
    use std::sync::Arc;
    use std::sync::mpsc::channel;

    #[test]
    fn a_panic_costs_one_analysis() {
        let (sender, messages) = channel();
        let desk = Arc::new(Desk::new(move |message| {
            let _ = sender.send(message);
        }));
        let worker = {
            let desk = Arc::clone(&desk);
            std::thread::spawn(move || {
                work(&desk, |workspace, _, documents| {
                    let text = |path| &*workspace.open[path].text;
                    assert!(documents.iter().all(|path| text(path) != "bad"), "on purpose");
                    let found = documents.iter().map(|path| (path.clone(), vec![Diagnostic::default()]));
                    Analysis {
                        diagnostics: found.collect(),
                        ..Analysis::default()
                    }
                });
            })
        };
        let next = || match messages.recv() {
            Ok(Message::Notification(notification)) => (notification.method, notification.params),
            other => panic!("{other:?}"),
        };
        let put = |version, text: &str| {
            let uri = "file:///nowhere/a.c".parse().expect("a URI");
            desk.put(PathBuf::from("/nowhere/a.c"), uri, version, text.to_owned());
        };
        put(1, "bad");
        assert_eq!(next().0, "window/showMessage");
        put(2, "good");
        let (method, params) = next();
        assert_eq!(method, "textDocument/publishDiagnostics");
        assert_eq!(
            (&params["version"], params["diagnostics"].as_array().map(Vec::len)),
            (&2.into(), Some(1))
        );
        desk.close();
        worker.join().expect("it has caught the panic");
    }
}
