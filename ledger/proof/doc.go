// Package proof is how a stranger checks, without a line to anybody, that an act stands
// in a transparency log which others watched: entries and their commitments,
// checkpoints, cosignatures of witnesses, inclusion and consistency, tiles, receipts.
//
// The formats are those of C2SP, bit for bit: tlog-checkpoint, tlog-cosignature,
// tlog-tiles, tlog-proof and tlog-witness. A leaf is a commitment: who does not hold its
// key learns neither what was done nor of which kind it was, and when the key is
// destroyed the leaf means nothing while the tree stays true.
//
// The package refuses to call anything recorded that the log's key and a quorum of
// witnesses have not both signed. It fetches nothing and keeps nothing: bytes are handed
// to it. docs/spec/ledger.md is the whole specification.
package proof
