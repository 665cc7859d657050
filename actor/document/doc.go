// Package document reads and writes a register of people and duties as TOML, so that a
// person can begin one, and carry one elsewhere. It refuses members that it does not
// know and every register that could not have come about; nothing in it is dated by the
// machine that reads it.
package document
