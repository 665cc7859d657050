// Package flaw is what the outside verifier has to say against an export: which log,
// which entry, which file, and a code whose sentence stands in the catalogue in both
// languages.
//
// Flaws stand in the order of the entries that they are about, so that the first one is
// the first bad entry. The package refuses to grow without bound on an export that is
// all wrong: beyond a limit flaws are counted and only the first are kept.
package flaw
