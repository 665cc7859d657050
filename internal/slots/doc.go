// Package slots holds a fixed number of entries by a 64-bit key: the memory of
// what watches an input that may be hostile. It is taken once and never grows.
// When a key's bucket is full the entry of least worth goes, so a flood of new
// keys can only push out what is worth no more than the flood. It refuses to
// keep the full key: two keys with the same 64 bits share an entry.
package slots
