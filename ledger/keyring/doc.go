// Package keyring keeps the keys under which a ledger's payloads lie, and destroys them.
//
// Each payload has a random key of its own, wrapped by the key of its group: for
// communications data the group is a warrant, a day and a class. The keys of all groups
// lie in one file, enciphered under a root key in a second file. A disposal writes the
// remaining keys under a new root key and wipes the old one: whoever kept a copy of the
// first file keeps nothing.
//
// Trust: who can read the folder can read every payload that lives; who can write it
// can destroy, and cannot make anybody believe another payload, because each is bound
// to its leaf in the log. The folder MUST be in no backup: a key that was copied
// together with its root key cannot be destroyed here. The package refuses to open the
// ring of another ledger, to use a group again that was disposed of, and to guess when
// the folder is empty.
//
// A known sad path: wiping overwrites the root key's file in place and then removes it.
// File systems and drives that copy on write may keep the old block; where that
// matters, the folder belongs on a medium that forgets (memory, or a drive enciphered
// under a key in hardware).
package keyring
