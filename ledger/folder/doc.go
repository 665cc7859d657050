// Package folder is a ledger's folder on the disk: what its files are called, how they
// are read, beside the process that writes them, and how an export is made of them.
//
// Nothing in the folder is believed for being there: tiles and leaves only as far as the
// root of a cosigned checkpoint bears them out, a payload only when it opens, and is that
// of its entry, and its entry that of its leaf. The package refuses a checkpoint without
// its quorum, and one that went back. But for an export, and for the history, which the
// ledger's writer has it write, it writes nothing.
package folder
