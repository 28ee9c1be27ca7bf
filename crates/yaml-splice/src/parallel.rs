//! Work on many documents at once.

use rayon::prelude::*;

/// Fewer are done one after the other: threads have a price too.
const MANY: usize = 64;

/// What `make` makes of each item, in their order.
pub(crate) fn map<T: Sync, R: Send>(items: &[T], make: impl Fn(&T) -> R + Sync + Send) -> Vec<R> {
    match items.len() < MANY {
        true => items.iter().map(make).collect(),
        false => items.par_iter().map(make).collect(),
    }
}
