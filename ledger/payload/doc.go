// Package payload keeps the sealed payloads of a ledger beside its tree: one for each
// leaf, in the order of the leaves, written before the leaf is.
//
// The payloads lie one after another in segments; a file of rows says where the n-th
// lies. A write is durable when it returns, and is there whole or not at all after a
// stop: what the tree does not know is cut off when the store is opened.
//
// Trust: who can write the folder can make payloads unreadable and cannot change one,
// because each is sealed and bound to its leaf. The package sees no payload in the clear
// and no key, and it refuses to open a store that lacks payloads which the tree has.
package payload
