// Package shelf is where papers lie on a disk: an envelope in a file, and the folder of
// a trust root with its versions, the bodies' lists and the profiles, named as in an
// export of the ledger. It turns what is wrong with a file into a sentence with its
// place in both languages.
//
// A folder proves nothing: what counts is the fingerprint that its owner installed, and
// the package refuses to take one from the papers themselves. It never changes a paper
// that is there, but for adding signatures to it, and it replaces a file whole or not at
// all.
package shelf
