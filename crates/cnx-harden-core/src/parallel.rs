//! Work on many documents, or many files, at once.

use rayon::prelude::*;

/// Fewer are done one after the other: threads have a price too.
const MANY: usize = 64;

/// What `make` makes of each item, in their order.
pub(crate) fn map<T: Sync, R: Send>(items: &[T], make: impl Fn(&T) -> R + Sync + Send) -> Vec<R> {
    // Tests count what is done on their thread.
    match cfg!(test) || items.len() < MANY {
        true => items.iter().map(make).collect(),
        false => items.par_iter().map(make).collect(),
    }
}

/// Drops all items.
pub(crate) fn drop_all<T: Send>(groups: Vec<Vec<T>>) {
    match groups.iter().map(Vec::len).sum::<usize>() < MANY {
        true => drop(groups),
        false => groups.into_par_iter().flatten().for_each(drop),
    }
}
