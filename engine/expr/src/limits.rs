//! The limits that keep a template from hurting the process.

/// Bytes of one template's source.
pub const SOURCE: usize = 16 * 1024;
/// Nesting of blocks and parentheses.
pub const NESTING: usize = 16;
/// Bytes that one evaluation may put out.
pub const OUTPUT: usize = 256 * 1024;
/// Loop turns of one evaluation, all loops together.
pub const ITERATIONS: usize = 10_000;
/// Bytes of the values that one evaluation may make or hand to its helpers, all together.
pub const WORK: usize = 64 << 20;
/// Bytes of one JSONPath.
pub const JSONPATH: usize = 4 * 1024;
/// Bytes of one regular expression, and of what it may be compiled to.
pub const PATTERN: (usize, usize) = (1_000, 1 << 20);
