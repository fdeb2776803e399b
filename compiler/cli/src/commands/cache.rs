//! `spy cache`.

use crate::args::{CacheAction, CacheCommand};
use crate::context::{self, Context};
use crate::output;
use crate::status::Status;
use spy_project::{EnvError, artefacts, store};
use std::path::Path;

/// `spy cache`.
pub(crate) fn cache(context: &Context, command: &CacheCommand) -> Result<Status, Status> {
    let dir = context::cache_dir().ok_or_else(|| {
        let error = EnvError::new("there is no folder that builds could share");
        context.environment(&error.with_help("the variable `SPY_CACHE` names one"))
    })?;
    match command.action {
        CacheAction::Info => info(context, &dir),
        CacheAction::Clean => clean(context, &dir),
    }
}

fn info(context: &Context, dir: &Path) -> Result<Status, Status> {
    let limit = context.cache_limit()?.unwrap_or(store::DEFAULT_LIMIT);
    let usage = store::usage(dir);
    output::print(&format!(
        "folder   {}\nentries  {}\nsize     {}\nlimit    {}\n",
        dir.display(),
        usage.entries,
        size(usage.bytes),
        size(limit),
    ))?;
    Ok(Status::Success)
}

fn clean(context: &Context, dir: &Path) -> Result<Status, Status> {
    let count = artefacts::remove_tree(dir).map_err(|error| context.environment(&error))?;
    if !context.global.quiet {
        output::print(&format!("{count} file(s) removed\n"))?;
    }
    Ok(Status::Success)
}

/// A size in the unit that fits.
fn size(bytes: u64) -> String {
    const UNITS: [(&str, u64); 3] = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];
    for (name, unit) in UNITS {
        if bytes >= unit {
            let tenths = bytes / (unit / 10).max(1);
            return format!("{}.{} {name}", tenths / 10, tenths % 10);
        }
    }
    format!("{bytes} B")
}

/// The number of bytes that `2G`, `500M`, `64K` or `1000000` stands for.
pub(crate) fn parse_size(text: &str) -> Option<u64> {
    let text = text.trim();
    let (digits, unit) = match text.to_ascii_uppercase().chars().last()? {
        'G' => (&text[..text.len() - 1], 1 << 30),
        'M' => (&text[..text.len() - 1], 1 << 20),
        'K' => (&text[..text.len() - 1], 1 << 10),
        _ => (text, 1),
    };
    digits.trim().parse::<u64>().ok()?.checked_mul(unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read() {
        assert_eq!(parse_size("2G"), Some(2 << 30));
        assert_eq!(parse_size(" 500 m "), Some(500 << 20));
        assert_eq!(parse_size("123"), Some(123));
        for wrong in ["", "G", "-1", "1.5G", "99999999999999G", "1T", "é"] {
            assert_eq!(parse_size(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn sizes_are_shown() {
        assert_eq!(size(0), "0 B");
        assert_eq!(size(1536), "1.5 KiB");
        assert_eq!(size(2 << 30), "2.0 GiB");
    }
}
