//! Packages that were compiled ahead of time, as the evaluator sees them: functions by symbol, over
//! one memory with 32-bit addresses and plain pointers.
//!
//! The layers above load the code; nothing here knows how.

/// The code of a project's packages, not running.
pub trait Compiled: Send + Sync {
    /// Code in a memory of its own. It touches the outside only if it may, and executes at most so
    /// many instructions. While the code is being made ready, `waits` is called now and then: it may
    /// unwind, and somebody else finds the code ready later.
    ///
    /// # Errors
    /// It cannot be loaded.
    fn start(
        &self,
        outside: bool,
        fuel: Option<u64>,
        waits: &dyn Fn(),
    ) -> Result<Box<dyn CompiledCode>, NotLoaded>;
}

/// Why compiled code cannot be loaded.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NotLoaded {
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
}

/// The layout of a struct of a program, for code without checked pointers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StructLayout {
    /// Its name in full, as interfaces of packages spell it.
    pub name: String,
    /// In bytes.
    pub size: u64,
    /// The fields that exist at run time, in order.
    pub fields: Vec<FieldLayout>,
}

/// A field of a struct.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FieldLayout {
    /// Its name.
    pub name: String,
    /// Its type, if it can be spelled.
    pub ty: Option<String>,
    /// In bytes.
    pub offset: u64,
}

/// Compiled code that can be called.
pub trait CompiledCode {
    /// Compares a struct that crosses with what the packages were compiled with.
    ///
    /// # Errors
    /// The first difference.
    fn agrees(&self, layout: &StructLayout) -> Result<(), NotLoaded>;

    /// Calls a function by its symbol. Structs are passed and returned as their fields.
    ///
    /// # Errors
    /// It did not return.
    fn call(&mut self, symbol: &str, args: &[Word]) -> Result<Vec<Word>, Stop>;

    /// What it printed since the last time.
    fn take_output(&mut self) -> Vec<u8>;

    /// Instructions that it may still execute.
    fn fuel(&self) -> u64;

    /// The name and the bytes of every variable that the packages offer.
    fn variables(&self) -> Vec<(String, Vec<u8>)>;

    /// The address of a variable.
    fn address(&self, symbol: &str) -> Option<u32>;

    /// A part of the memory: from an address on, so many bytes.
    fn read(&self, at: u32, length: u32) -> Option<&[u8]>;

    /// Changes a part of the memory; `None` if it does not exist.
    fn write(&mut self, at: u32, bytes: &[u8]) -> Option<()>;

    /// The address of new memory of so many bytes.
    fn allocate(&mut self, size: u32) -> Option<u32>;

    /// Whether an address is that of memory which was there before anything was called: it belongs to a
    /// package, which goes on using it.
    fn is_static(&self, at: u32) -> bool;

    /// Start and size, in bytes, of the piece of memory that an address belongs to, if that can be
    /// known.
    fn block(&mut self, at: u32) -> Option<(u32, u32)>;
}

/// A number that is passed to compiled code. Small integers and addresses have 32 bits.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Word {
    /// 32 bits.
    I32(u32),
    /// 64 bits.
    I64(u64),
    /// A float of 32 bits.
    F32(f32),
    /// A float of 64 bits.
    F64(f64),
}

/// Why a call of compiled code did not return.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Stop {
    /// A panic.
    Panic {
        /// The name of the exception.
        etype: String,
        /// Its message.
        message: String,
        /// The file and line that raised it, for people.
        place: String,
    },
    /// It used up its instructions.
    Fuel,
    /// It used up its stack.
    Stack,
    /// Anything else: what happened.
    Broken(String),
}
