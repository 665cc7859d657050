// Package tree hashes a log anew, leaf by leaf, and holds every tile of an export, every
// earlier checkpoint and the latest one against what comes out. Where they differ it
// finds out which side the rest of the tree bears out, so that the entry which was
// changed is named and not all that follow from it.
//
// It has its own hand for all of this and calls no function of those who write logs. It
// believes no tile, and refuses files that the format does not know: they may be taken
// for part of the proof. Memory is a few tiles, whatever the size of the log.
package tree
