//! The smallest proc-macro dylibs of each format, put together by hand: what other systems' linkers leave, in short.

pub(super) mod elf;
pub(super) mod mach_o;
pub(super) mod pe;

pub(super) const REGISTRAR: &str = "__rustc_proc_macro_decls_9f4a225f90283698__";
pub(super) const METADATA_SYMBOL: &str = "rust_metadata_tiny_macros_9f4a225f90283698";
pub(super) const BUILT_BY: &str = "rustc 1.95.0 (59807616e 2026-04-14)";

/// Numbers written one after another, in the byte order of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    Little,
    Big,
}

#[derive(Debug)]
pub(super) struct Writer {
    pub(super) bytes: Vec<u8>,
    order: Order,
}

impl Writer {
    pub(super) fn new(order: Order) -> Self {
        Self {
            bytes: Vec::new(),
            order,
        }
    }

    pub(super) fn u16(&mut self, value: u16) -> &mut Self {
        self.number(&value.to_le_bytes())
    }

    pub(super) fn u32(&mut self, value: u32) -> &mut Self {
        self.number(&value.to_le_bytes())
    }

    pub(super) fn u64(&mut self, value: u64) -> &mut Self {
        self.number(&value.to_le_bytes())
    }

    pub(super) fn raw(&mut self, bytes: &[u8]) -> &mut Self {
        self.bytes.extend_from_slice(bytes);
        self
    }

    /// A name in a field of fixed length.
    pub(super) fn padded(&mut self, name: &str, length: usize) -> &mut Self {
        self.raw(name.as_bytes());
        self.raw(&vec![0; length - name.len()])
    }

    pub(super) fn align(&mut self, to: usize) -> &mut Self {
        let length = self.bytes.len().next_multiple_of(to);
        self.bytes.resize(length, 0);
        self
    }

    fn number(&mut self, little: &[u8]) -> &mut Self {
        match self.order {
            Order::Little => self.bytes.extend_from_slice(little),
            Order::Big => self.bytes.extend(little.iter().rev()),
        }
        self
    }
}

/// A `.rustc` section in format 10, as rustc 1.95 writes it.
pub(super) fn rustc_section() -> Vec<u8> {
    let mut payload = b"rust\0\0\0\x0a".to_vec();
    payload.extend_from_slice(&200_u64.to_le_bytes());
    payload.push(BUILT_BY.len() as u8);
    payload.extend_from_slice(BUILT_BY.as_bytes());
    payload.extend_from_slice(&[0xc1; 300]);
    payload.extend_from_slice(b"rust-end-file");
    let mut section = b"rust\0\0\0\x0a".to_vec();
    section.extend_from_slice(&(payload.len() as u64).to_le_bytes());
    section.extend_from_slice(&payload);
    section
}
