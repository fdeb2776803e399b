//! Debug information: which functions are running at each address, with those that they are inlined into.

use gimli::{AttributeValue, DwTag, EndianSlice, LittleEndian};
use std::ops::Range;

type Reader<'d> = EndianSlice<'d, LittleEndian>;
type Entry<'d> = gimli::DebuggingInformationEntry<Reader<'d>>;

/// A function that is running, and the line that it is at; 0 if nobody knows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Call {
    pub(crate) function: String,
    pub(crate) line: u32,
}

/// Code from an address to the next piece.
#[derive(Debug)]
pub(crate) struct Piece {
    pub(crate) start: u64,
    /// Innermost first; none where no function is known.
    pub(crate) calls: Vec<Call>,
}

/// The code of a function, or of one that was inlined.
struct Body {
    span: Range<u64>,
    function: String,
    /// How deep it stands in others.
    depth: isize,
    /// The line of the call, of one that was inlined.
    call_line: u32,
}

/// A function by its symbol: clang describes only those that others are inlined into.
pub(crate) type Symbol = (Range<u64>, String);

/// The depth of what only its symbol names.
const SYMBOL: isize = -1;

/// All pieces of the code in `spans`, by address.
pub(crate) fn pieces<'d>(
    load: &dyn Fn(&str) -> &'d [u8],
    spans: &[Range<u64>],
    symbols: Vec<Symbol>,
) -> gimli::Result<Vec<Piece>> {
    let section = |id: gimli::SectionId| -> gimli::Result<Reader<'d>> {
        Ok(EndianSlice::new(load(id.name()), LittleEndian))
    };
    let dwarf = gimli::Dwarf::load(section)?;
    let is_code = |address: u64| spans.iter().any(|span| span.contains(&address));
    let named = symbols.into_iter().map(|(span, function)| {
        // What follows a dot says how a compiler has cut the function up.
        let function = function.split('.').next().unwrap_or_default().to_owned();
        Body { span, function, depth: SYMBOL, call_line: 0 }
    });
    let mut all_bodies: Vec<Body> = named.collect();
    let mut all_lines = Lines::new();
    let mut units = dwarf.units();
    while let Some(header) = units.next()? {
        let unit = dwarf.unit(header)?;
        all_bodies.extend(bodies(&dwarf, &unit, &is_code)?);
        all_lines.extend(lines(&unit, &is_code)?);
    }
    // Of several rows for one address the last counts, but where one run ends another may begin.
    all_lines.sort_by_key(|(address, line)| (*address, line.is_some()));
    Ok(cut(all_bodies, &all_lines))
}

/// The functions of a unit that were not dropped.
fn bodies<'d>(
    dwarf: &gimli::Dwarf<Reader<'d>>,
    unit: &gimli::Unit<Reader<'d>>,
    is_code: &dyn Fn(u64) -> bool,
) -> gimli::Result<Vec<Body>> {
    const KINDS: [DwTag; 2] = [gimli::DW_TAG_subprogram, gimli::DW_TAG_inlined_subroutine];
    let mut found = Vec::new();
    let mut entries = unit.entries();
    while let Some(entry) = entries.next_dfs()? {
        if !KINDS.contains(&entry.tag()) {
            continue;
        }
        let mut ranges = dwarf.die_ranges(unit, entry)?;
        let Some(function) = name(dwarf, unit, entry)? else { continue };
        let call_line = match entry.attr_value(gimli::DW_AT_call_line) {
            Some(value) => value.udata_value().unwrap_or_default(),
            None => 0,
        };
        while let Some(range) = ranges.next()? {
            if range.begin < range.end && is_code(range.begin) {
                found.push(Body {
                    span: range.begin..range.end,
                    function: function.clone(),
                    depth: entry.depth(),
                    call_line: u32::try_from(call_line).unwrap_or_default(),
                });
            }
        }
    }
    Ok(found)
}

/// The name of a function, which may stand where it is described apart from its copies.
fn name<'d>(
    dwarf: &gimli::Dwarf<Reader<'d>>,
    unit: &gimli::Unit<Reader<'d>>,
    entry: &Entry<'d>,
) -> gimli::Result<Option<String>> {
    // A copy of a copy names the first one; damaged information might go round in circles.
    const MOST_COPIES: usize = 8;
    let mut entry = entry.clone();
    for _ in 0..MOST_COPIES {
        if let Some(value) = entry.attr_value(gimli::DW_AT_name) {
            return Ok(Some(dwarf.attr_string(unit, value)?.to_string_lossy().into_owned()));
        }
        let origin = entry.attr_value(gimli::DW_AT_abstract_origin);
        entry = match origin.or_else(|| entry.attr_value(gimli::DW_AT_specification)) {
            Some(AttributeValue::UnitRef(offset)) => unit.entry(offset)?,
            _ => return Ok(None),
        };
    }
    Ok(None)
}

/// Addresses from which on code is of a line, by address; `None` where it ends.
type Lines = Vec<(u64, Option<u32>)>;

fn lines(unit: &gimli::Unit<Reader<'_>>, is_code: &dyn Fn(u64) -> bool) -> gimli::Result<Lines> {
    let Some(program) = unit.line_program.clone() else { return Ok(Vec::new()) };
    let mut found: Lines = Vec::new();
    let mut rows = program.rows();
    // Whether the rows are of code that was not dropped, which the first of each run says.
    let mut is_kept = None;
    while let Some((_, row)) = rows.next_row()? {
        if *is_kept.get_or_insert_with(|| is_code(row.address())) {
            let line = row.line().map_or(0, |line| u32::try_from(line.get()).unwrap_or_default());
            found.push((row.address(), (!row.end_sequence()).then_some(line)));
        }
        if row.end_sequence() {
            is_kept = None;
        }
    }
    Ok(found)
}

/// Cuts code where something changes.
fn cut(mut bodies: Vec<Body>, lines: &Lines) -> Vec<Piece> {
    let mut out = Vec::new();
    let ends = bodies.iter().flat_map(|body| [body.span.start, body.span.end]);
    let mut borders: Vec<u64> = ends.chain(lines.iter().map(|(address, _)| *address)).collect();
    borders.sort_unstable();
    borders.dedup();
    bodies.sort_by_key(|body| (body.span.start, body.depth));
    let (mut next, mut row, mut running) = (0, 0, Vec::<&Body>::new());
    let mut line = None;
    for border in borders {
        running.retain(|body| body.span.end > border);
        while let Some(body) = bodies.get(next).filter(|body| body.span.start <= border) {
            next += 1;
            running.push(body);
        }
        while let Some((_, new)) = lines.get(row).filter(|(address, _)| *address <= border) {
            row += 1;
            line = *new;
        }
        running.sort_by_key(|body| std::cmp::Reverse(body.depth));
        let mut at = line.unwrap_or_default();
        let is_described = running.first().is_some_and(|body| body.depth != SYMBOL);
        let known = running.iter().filter(|body| !is_described || body.depth != SYMBOL);
        let calls = known.map(|body| {
            let call = Call { function: body.function.clone(), line: at };
            at = body.call_line;
            call
        });
        let calls = calls.collect();
        out.push(Piece { start: border, calls });
    }
    out
}
