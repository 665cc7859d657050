// Package botnet makes a botnet in the shape of the published lists of tiered ones,
// among honest traffic with everything that looks like it, as one observer sees a
// part of it, with the truth beside. Its rule is docs/spec/infrastructure.md. It
// takes from the lists their shape only, and refuses to hold an address of theirs.
package botnet
