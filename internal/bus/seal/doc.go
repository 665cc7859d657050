// Package seal closes a batch for the one who will keep it, before it goes onto the bus:
// what lies in the bus's files, on whatever machine, is then readable by nobody who runs
// the bus.
//
// HPKE (RFC 9180) in base mode, with ML-KEM-768 and X25519 together (a copy that is kept
// today is not to be opened by tomorrow's machines), HKDF-SHA-256 and AES-256-GCM. Each
// batch has an encapsulated key of its own, and is bound to its sender and its id: under
// other ones it does not open.
//
// The package refuses what was sealed to a key that is gone. It says nothing about who
// sealed a batch: anybody can seal to a public key, so who sends is shown by the line
// (certificates) and what is sent by the grant (digests).
//
// Trust sentence. Who reads a private key can open every batch that was ever sealed to it,
// so its keeper makes a new one at least each day, keeps it in no backup, and destroys it
// once its batches are kept elsewhere.
package seal
