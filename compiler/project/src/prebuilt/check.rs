//! Whether objects that were compiled at different times fit together.

use super::describe;
use super::used::Prebuilt;
use crate::error::EnvError;
use crate::session::Front;
use crate::settings::Settings;
use spy_db::Db;
use spy_db::compiled::{FieldLayout, StructLayout};
use spy_link::{CompileOptions, OutputKind, Profile};
use spy_package::interface::{Field, Interface, StructEntry};
use spy_runtime_embed::Abi;
use std::collections::{BTreeMap, BTreeSet};

/// Checks packages against this compiler's runtime and against each other. `checked` says whether
/// the program has checked pointers.
///
/// # Errors
/// The first thing that does not fit, and the way out.
pub(crate) fn check(packages: &[Prebuilt], checked: bool) -> Result<(), EnvError> {
    check_with(packages, checked, spy_runtime_embed::ABI)
}

/// The same, for a runtime of version `own`.
fn check_with(packages: &[Prebuilt], checked: bool, own: Abi) -> Result<(), EnvError> {
    for package in packages {
        version(package, own)?;
        pointers(package, checked)?;
        runtime(package)?;
    }
    owners(packages)?;
    layouts(packages)?;
    imports(packages)
}

/// Checks that a program and its packages agree about the structs that both know: those of the
/// standard library, which a package may have met in another version.
///
/// # Errors
/// The first difference, and the way out.
pub(crate) fn check_program(
    db: &dyn Db,
    settings: &Settings,
    front: &Front,
) -> Result<(), EnvError> {
    let own = describe::structs(db, &wasm_settings(settings), front);
    own.iter().try_for_each(|entry| program_struct(&front.loaded.prebuilt, &layout_of(entry)))
}

/// The same for one struct of the program.
pub(super) fn program_struct(packages: &[Prebuilt], own: &StructLayout) -> Result<(), EnvError> {
    for package in packages {
        let mut entries = package.interface.structs.iter().filter(|entry| entry.fqn == own.name);
        if let Some(difference) = entries.find_map(|entry| difference(&layout_of(entry), own)) {
            let message = format!(
                "{} and this program do not agree about the struct `{}`: {difference}",
                title(&package.interface),
                own.name.replace("::", "."),
            );
            return Err(EnvError::new(message).with_help(rebuilt(package)));
        }
    }
    Ok(())
}

/// The settings for code that packages are loaded beside.
pub(super) fn wasm_settings(settings: &Settings) -> Settings {
    let mut settings = settings.clone();
    settings.compile = CompileOptions {
        profile: Profile::Release,
        opt_level: None,
        debug_info: false,
        target: CompileOptions::wasi_target(),
        kind: OutputKind::Lib,
        static_link: false,
        position_independent: false,
        ..settings.compile
    };
    settings
}

/// The packages, each after those that it takes something from.
pub(super) fn imports_in_order(packages: &[Prebuilt]) -> Vec<&Prebuilt> {
    let mut rest: Vec<&Prebuilt> = packages.iter().collect();
    let mut sorted: Vec<&Prebuilt> = Vec::new();
    while !rest.is_empty() {
        let waits = |package: &&Prebuilt| {
            let from =
                package.interface.imports.iter().filter_map(|import| import.package.as_ref());
            let mut others = from.filter(|name| **name != package.interface.package);
            others.any(|name| rest.iter().any(|other| other.interface.package == *name))
        };
        let next: Vec<bool> = rest.iter().map(waits).collect();
        // Packages that need each other are loaded as they come, and one of them will say what it lacks.
        let is_stuck = next.iter().all(|waits| *waits);
        let mut left = Vec::new();
        for (package, waits) in rest.into_iter().zip(next) {
            if waits && !is_stuck { left.push(package) } else { sorted.push(package) }
        }
        rest = left;
    }
    sorted
}

/// What the package is, for messages.
fn title(interface: &Interface) -> String {
    let version = interface.version.as_deref().unwrap_or("?");
    format!("the package `{} {version}`", interface.package)
}

fn rebuilt(package: &Prebuilt) -> String {
    format!(
        "install a wheel of `{}` that was made by this version of spy, or one that has its source",
        package.interface.package
    )
}

fn version(package: &Prebuilt, own: Abi) -> Result<(), EnvError> {
    let title = title(&package.interface);
    let Some(built) = Abi::parse(&package.interface.abi) else {
        let message = format!("{title} does not say which runtime it was built against");
        return Err(EnvError::new(message).with_help(rebuilt(package)));
    };
    let says = format!("it was built against version {built} of the runtime, and this is {own}");
    if built.major != own.major {
        return Err(
            EnvError::new(format!("{title} cannot be linked: {says}")).with_help(rebuilt(package))
        );
    }
    if built.minor > own.minor {
        return Err(EnvError::new(format!("{title} is too new: {says}"))
            .with_help("update spy, or install an older version of the package"));
    }
    Ok(())
}

fn pointers(package: &Prebuilt, checked: bool) -> Result<(), EnvError> {
    let target = &package.interface.target;
    let title = title(&package.interface);
    if target.pointer_width != 32 {
        let message = format!("{title} was built for `{}`, not for WebAssembly", target.triple);
        return Err(EnvError::new(message).with_help(rebuilt(package)));
    }
    if target.checked_pointers == checked {
        return Ok(());
    }
    let name = |checked| if checked { "checked" } else { "unchecked" };
    let message = format!(
        "{title} was built with {} pointers, and the program with {}",
        name(target.checked_pointers),
        name(checked)
    );
    Err(EnvError::new(message).with_help(rebuilt(package)))
}

/// Symbols of the runtime must be there, and nobody else's.
fn runtime(package: &Prebuilt) -> Result<(), EnvError> {
    let there = spy_runtime_embed::exported();
    let mut defines = package.defines.iter();
    if let Some(symbol) = defines.find(|symbol| there.contains(&symbol.as_str())) {
        let message =
            format!("{} defines `{symbol}`, which is the runtime's", title(&package.interface));
        return Err(EnvError::new(message).with_help(rebuilt(package)));
    }
    let others = package.interface.imports.iter().filter(|import| import.package.is_some());
    let from_others: BTreeSet<&String> = others.map(|import| &import.symbol).collect();
    let missing = package.needs.iter().find(|symbol| {
        symbol.starts_with("spy_")
            && !from_others.contains(symbol)
            && !there.contains(&symbol.as_str())
    });
    match missing {
        None => Ok(()),
        Some(symbol) => {
            let message = format!(
                "{} needs `{symbol}` of the runtime, which version {} does not have",
                title(&package.interface),
                spy_runtime_embed::ABI
            );
            Err(EnvError::new(message).with_help(rebuilt(package)))
        }
    }
}

/// No symbol belongs to two packages.
fn owners(packages: &[Prebuilt]) -> Result<(), EnvError> {
    let mut owner: BTreeMap<&str, &Prebuilt> = BTreeMap::new();
    for package in packages {
        for symbol in &package.defines {
            if let Some(other) = owner.insert(symbol, package) {
                let (one, two) = (title(&other.interface), title(&package.interface));
                return Err(EnvError::new(format!("{one} and {two} both define `{symbol}`"))
                    .with_help("one program cannot link both"));
            }
        }
    }
    Ok(())
}

/// A struct that two packages know is the same in both.
fn layouts(packages: &[Prebuilt]) -> Result<(), EnvError> {
    let mut known: BTreeMap<&str, (&Prebuilt, &StructEntry)> = BTreeMap::new();
    for package in packages {
        for entry in &package.interface.structs {
            let (first, other) = *known.entry(&entry.fqn).or_insert((package, entry));
            if let Some(difference) = difference(&layout_of(other), &layout_of(entry)) {
                let message = format!(
                    "{} and {} do not agree about the struct `{}`: {difference}",
                    title(&first.interface),
                    title(&package.interface),
                    entry.fqn.replace("::", "."),
                );
                return Err(EnvError::new(message).with_help(
                    "install versions that were built against each other, or their source",
                ));
            }
        }
    }
    Ok(())
}

/// The first difference between two layouts, in words.
fn difference(one: &StructLayout, two: &StructLayout) -> Option<String> {
    for (a, b) in one.fields.iter().zip(&two.fields) {
        if a.name != b.name {
            return Some(format!(
                "one has the field `{}` where the other has `{}`",
                a.name, b.name
            ));
        }
        if let (Some(left), Some(right)) = (&a.ty, &b.ty)
            && left != right
        {
            let name = &a.name;
            return Some(format!(
                "the field `{name}` is `{left}` in one and `{right}` in the other"
            ));
        }
        if a.offset != b.offset {
            let (name, left, right) = (&a.name, a.offset, b.offset);
            return Some(format!("the field `{name}` is at offset {left} and {right}"));
        }
    }
    let (left, right) = (one.fields.len(), two.fields.len());
    if left != right {
        return Some(format!("one has {left} fields and the other {right}"));
    }
    let (left, right) = (one.size, two.size);
    (left != right).then(|| format!("one has {left} bytes and the other {right}"))
}

fn layout_of(entry: &StructEntry) -> StructLayout {
    let field = |field: &Field| FieldLayout {
        name: field.name.clone(),
        // Numbers in names are each program's own.
        ty: Some(field.ty.clone()).filter(|name| !name.contains('#')),
        offset: field.offset,
    };
    let fields = entry.fields.iter().map(field).collect();
    StructLayout { name: entry.fqn.clone(), size: entry.size, fields }
}

/// What a package takes from another one is there, with the same types.
fn imports(packages: &[Prebuilt]) -> Result<(), EnvError> {
    let mut offered: BTreeMap<String, String> = BTreeMap::new();
    for package in packages {
        let functions = package.interface.functions();
        let functions = functions.map(|function| (function.symbol.clone(), function.signature()));
        let variables = package.interface.variables();
        let variables = variables.map(|(symbol, ty)| (symbol.to_owned(), ty.to_owned()));
        for (symbol, signature) in functions.chain(variables) {
            offered.insert(symbol, signature);
        }
    }
    for package in packages {
        for import in &package.interface.imports {
            let Some(from) = &import.package else { continue };
            let title = title(&package.interface);
            let what = match offered.get(&import.symbol) {
                Some(found) if *found == import.signature => continue,
                Some(found) => {
                    format!("with the types `{}`, and it has `{found}`", import.signature)
                }
                None => "which it does not offer".to_owned(),
            };
            let message = format!("{title} needs `{}` from `{from}`, {what}", import.symbol);
            return Err(EnvError::new(message).with_help(format!(
                "install the version of `{from}` that it was built against, or the source of both"
            )));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
