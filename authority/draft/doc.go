// Package draft makes papers of what a person has written in TOML: the members are those
// of the paper, and what follows from the trust root, the profile and the clock is
// filled in. What it makes is unsigned and permits nothing.
//
// A text "key:FILE" stands for a public key, "keyid:FILE" for its name, "file:FILE" for
// the digest of a file, "cert:FILE" for that of a certificate, "now", "now+72h" and
// "now-1h" for an instant; files are sought beside the draft. The package refuses a
// member that the paper does not have, and guesses no scope: what is not named is not
// reached.
package draft
