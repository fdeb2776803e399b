//! What an extension module asks of a machine: the platform tag of the wheel that holds it.
//!
//! It follows from the binary itself: which version of the C library its symbols are of, and which
//! other libraries it loads. Nothing is promised that the binary does not keep.

use crate::error::PackageError;
use object::elf::{DT_NEEDED, FileHeader64};
use object::read::elf::{Dyn, ElfFile, FileHeader};
use object::{Architecture, Endianness, Object};

/// Python and ABI: one file for CPython 3.11 and all that come after it.
const ABI: &str = "cp311-abi3";

/// The oldest glibc that a tag names: no CPython of these versions runs with an older one.
const OLDEST: (u32, u32) = (2, 17);

/// Libraries that every Linux has which `manylinux` is about.
const EVERYWHERE: [&str; 10] = [
    "libc.so.6",
    "libdl.so.2",
    "libgcc_s.so.1",
    "libm.so.6",
    "libpthread.so.0",
    "libresolv.so.2",
    "librt.so.1",
    "libstdc++.so.6",
    "libutil.so.1",
    "ld-linux-",
];

/// The tag of a wheel with this extension module: `cp311-abi3-manylinux_2_17_x86_64`.
///
/// # Errors
/// It is no shared object of a 64-bit Linux.
pub fn tag(extension: &[u8]) -> Result<String, PackageError> {
    let refuse = |what: &dyn std::fmt::Display| {
        PackageError::new(format!("the extension module has no platform tag: {what}"))
            .with_help("wheels with `native` can be made on Linux with 64 bits")
    };
    let elf =
        ElfFile::<FileHeader64<Endianness>>::parse(extension).map_err(|error| refuse(&error))?;
    let arch = match elf.architecture() {
        Architecture::X86_64 => "x86_64",
        Architecture::Aarch64 => "aarch64",
        Architecture::Riscv64 => "riscv64",
        Architecture::S390x => "s390x",
        Architecture::PowerPc64 => "ppc64le",
        _ => return Err(refuse(&"its architecture is not known")),
    };
    let needed = needed(&elf).map_err(|error| refuse(&error))?;
    let is_everywhere = |name: &String| {
        EVERYWHERE.iter().any(|known| name == known || name.starts_with("ld-linux-"))
    };
    let platform = if needed.iter().any(|name| name.starts_with("libc.musl-")) {
        "musllinux_1_2".to_owned()
    } else if needed.iter().all(is_everywhere) {
        let (major, minor) = glibc(&elf).map_err(|error| refuse(&error))?;
        format!("manylinux_{major}_{minor}")
    } else {
        "linux".to_owned()
    };
    Ok(format!("{ABI}-{platform}_{arch}"))
}

type Elf<'d> = ElfFile<'d, FileHeader64<Endianness>>;

/// The libraries that it loads.
fn needed(elf: &Elf<'_>) -> object::Result<Vec<String>> {
    let (endian, data) = (elf.endian(), elf.data());
    let sections = elf.elf_header().sections(endian, data)?;
    let Some((entries, link)) = sections.dynamic(endian, data)? else { return Ok(Vec::new()) };
    let strings = sections.strings(endian, data, link)?;
    let mut names = Vec::new();
    for entry in entries.iter().filter(|entry| entry.tag(endian) == DT_NEEDED) {
        names.push(String::from_utf8_lossy(entry.string(endian, strings)?).into_owned());
    }
    Ok(names)
}

/// The newest version of glibc of which it needs symbols.
fn glibc(elf: &Elf<'_>) -> object::Result<(u32, u32)> {
    let (endian, data) = (elf.endian(), elf.data());
    let sections = elf.elf_header().sections(endian, data)?;
    let mut newest = OLDEST;
    let Some((mut needs, link)) = sections.gnu_verneed(endian, data)? else { return Ok(newest) };
    let strings = sections.strings(endian, data, link)?;
    while let Some((_, mut versions)) = needs.next()? {
        while let Some(version) = versions.next()? {
            let name = String::from_utf8_lossy(version.name(endian, strings)?).into_owned();
            let Some(text) = name.strip_prefix("GLIBC_") else { continue };
            let mut parts = text.split('.').map_while(|part| part.parse().ok());
            if let (Some(major), Some(minor)) = (parts.next(), parts.next()) {
                newest = newest.max((major, minor));
            }
        }
    }
    Ok(newest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_shared_object_has_no_tag() {
        for bytes in [&b""[..], b"\0asm", b"\x7fELF", &[0x7f; 200]] {
            assert!(tag(bytes).expect_err("no tag").message.contains("no platform tag"));
        }
    }

    #[test]
    #[cfg(all(target_os = "linux", target_env = "gnu", target_pointer_width = "64"))]
    fn the_tag_says_which_glibc_is_needed() {
        // The running program is a dynamic executable, which has what an extension has.
        let own = std::env::current_exe().and_then(std::fs::read).expect("reads itself");
        let tag = tag(&own).expect("has a tag");
        assert!(tag.starts_with("cp311-abi3-manylinux_2_"), "{tag}");
    }
}
