// Package paper is the form that every signed paper has: JSON of which exactly one
// spelling is right, inside a DSSE envelope. What one party signs, another reads to
// the same bytes and the same meaning, or not at all.
//
// The JSON is RFC 8785, narrowed: objects, arrays, strings, true, false and whole
// numbers up to 2^53−1 either way. Members stand in the order of their UTF-16 code
// units. Text is NFC without control, bidirectional or invisible characters. A paper
// is at most 1 MiB large and 32 deep. [Unmarshal] reads nothing else: what is written
// otherwise, twice, in excess or not at all is an error with its offset and path.
//
// An envelope counts keys, never the names of keys: a signature counts once, for the
// public key that it verifies under. The package refuses to guess: no null, no
// fraction, no unknown member, no default for what is missing.
package paper
