// Package ledger keeps a transparency log of acts: it takes an act, keeps its payload
// sealed beside the log, puts the commitment to it into the tree, has every checkpoint
// cosigned by witnesses, and gives receipts.
//
// Order of work for each act: the payload is durable before its leaf is, the leaf
// before its index is told, and no checkpoint is published without its quorum. After a
// stop at any instant what was told is there, once; what was not told is there or not.
//
// A folder of a ledger holds:
//
//	ledger.json          what the ledger is; who changes it can only make it fail to open
//	tree/                tiles and bundles of leaves, written by Tessera; public, and
//	                     believed only as far as a checkpoint's root bears them out
//	checkpoint, history  the latest cosigned checkpoint and those before it; public
//	payloads/            sealed payloads; useless without their keys
//	acts/                keys of the records of acts; who reads it can read those records
//	opened/              which entries anyone may read, with their keys; public
//	disposal             a disposal that was begun and is not in the log yet
//	lock                 held by the one process that writes
//
// The keys of communications data lie in another folder, which MUST be in no backup.
//
// The package refuses to begin a ledger unless it is told to on that very day, to go on
// from a tree that does not bear out what was published, to run beside another writer,
// and to publish or give receipts while too few witnesses answer.
package ledger
