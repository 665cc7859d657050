// Package flowstore keeps selected records at rest and decides who may look at them.
//
// Records lie by (warrant, day) in groups. Each group has a random key of its own in a
// folder that is in no backup; past its limit the key is destroyed, and with it every
// copy of the group. A batch of a grant is stored exactly once, whatever dies when.
//
// There is one way to look: [Gate]. It holds the question against a live warrant of kind
// query, has it recorded in a witnessed log, checks the receipt, and only then hands an
// [Engine] the [Pass] without which no engine reads. Questions are a typed [Query]; there
// is no text in a database's language that somebody could send.
//
// The package refuses a question without span, warrant, purpose, case, reason and person,
// and one that no receipt precedes. It opens no pseudonyms and judges no relevance. It
// binds users and administrators: who runs other software over the same folders and keys
// reads what lies there.
package flowstore
