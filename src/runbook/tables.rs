//! Maps and sets of what a document holds. Their hash has a seed of its own in every process, as the standard library's has, so that
//! no document can be written to make them slow; it costs a quarter of the standard one's.

use foldhash::fast::RandomState;

/// A map.
pub type Table<K, V> = std::collections::HashMap<K, V, RandomState>;

/// A set.
pub type Set<T> = std::collections::HashSet<T, RandomState>;
