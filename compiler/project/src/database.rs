//! The concrete database: the one place where queries of all layers meet.

use spy_db::{Compiled, DefKey};
use spy_text::HashSet;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The salsa database. Cloning gives another handle to the same data, for another thread.
#[salsa::db]
#[derive(Clone)]
pub struct Database {
    storage: salsa::Storage<Self>,
    log: EventLog,
    evaluated: Arc<Mutex<HashSet<DefKey>>>,
    compiled: Arc<Mutex<Option<Arc<dyn Compiled>>>>,
    defers_imports: bool,
}

/// Names of the queries that ran, while somebody is listening.
#[derive(Clone, Default)]
pub(crate) struct EventLog(Arc<Mutex<Option<Vec<String>>>>);

impl EventLog {
    fn lock(&self) -> MutexGuard<'_, Option<Vec<String>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Records an event, if somebody is listening.
    pub(crate) fn note(&self, event: impl FnOnce() -> String) {
        if let Some(events) = self.lock().as_mut() {
            events.push(event());
        }
    }
}

#[salsa::db]
impl salsa::Database for Database {}

#[salsa::db]
impl spy_db::Db for Database {
    fn runs(&self, query: &str, what: &dyn Fn() -> String) {
        self.log.note(|| format!("{query} {}", what()));
    }

    fn looks_into(&self, def: DefKey) {
        self.evaluated.lock().unwrap_or_else(PoisonError::into_inner).insert(def);
    }

    fn defers_imports(&self) -> bool {
        self.defers_imports
    }

    fn compiled(&self) -> Option<Arc<dyn Compiled>> {
        self.compiled.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Default for Database {
    fn default() -> Self {
        let log = EventLog::default();
        let sink = log.clone();
        let callback = move |event: salsa::Event| {
            if let salsa::EventKind::WillExecute { database_key } = event.kind {
                sink.note(|| format!("{database_key:?}"));
            }
        };
        let evaluated = Arc::default();
        let storage = salsa::Storage::new(Some(Box::new(callback)));
        Self { storage, log, evaluated, compiled: Arc::default(), defers_imports: false }
    }
}

impl Database {
    /// A database for a project whose modules can all be executed.
    pub(crate) fn with_deferred_imports() -> Self {
        Self { defers_imports: true, ..Self::default() }
    }

    /// Starts to record which queries run, from an empty record.
    pub fn start_log(&self) {
        *self.log.lock() = Some(Vec::new());
    }

    /// Says which code packages without source have.
    pub(crate) fn set_compiled(&self, compiled: Option<Arc<dyn Compiled>>) {
        *self.compiled.lock().unwrap_or_else(PoisonError::into_inner) = compiled;
    }

    /// The log, for what is cached outside of salsa.
    pub(crate) fn log(&self) -> &EventLog {
        &self.log
    }

    /// The definitions that anything but their own redshift ever looked into, as module and path.
    pub(crate) fn evaluated(&self) -> BTreeSet<(String, String)> {
        let all = self.evaluated.lock().unwrap_or_else(PoisonError::into_inner);
        all.iter().map(|def| (def.module.to_string(), def.path.0.to_string())).collect()
    }

    /// What ran since [`Database::start_log`], sorted; stops recording. Each query is there as
    /// `name(key)`; those that evaluate code also as `redshift FUNCTION`, `call CALL` and
    /// `module NAME`, with their full names; functions that were emitted as `emit FUNCTION`.
    #[must_use]
    pub fn take_log(&self) -> Vec<String> {
        let mut events = self.log.lock().take().unwrap_or_default();
        events.sort();
        events
    }
}
