// Package bus carries batches from those who send them to the one who keeps them, by NATS
// JetStream: in the keeper's own process unless configured otherwise, on no socket unless
// one is configured, or in a cluster of others' servers.
//
// A batch has an id. [Sender.Send] comes back without an error only when the bus has the
// batch on its disk; until then the sender MUST keep it, and may send it again under the
// same id. [Receiver.Run] hands each batch to a [Keeper], again and again until it is kept,
// and only then forgets it. Delivery is therefore at least once; what makes it exactly once
// is a Keeper for whom a second batch of the same sender and id changes nothing. The bus's
// own memory of ids (Config.Duplicates) only saves work.
//
// Each sender has a stream of its own, bounded in bytes and in batches. When it is full the
// sender is refused and waits; no batch is ever dropped to make room, nor for its age: an
// old one is handed over as late, and its keeper says what became of it.
//
// What lies on the bus is sealed for its keeper ([seal]); the bus reads no batch. A machine
// is known by its certificate alone ([pki]), may send in its own name and receive answers
// to itself, and nothing else.
//
// The package refuses lines without mutual TLS, a sender without a right, a batch that is
// too large, and stores nothing in clear. It knows nothing of what batches hold.
//
// Trust sentence. Who can write the folder of a node, or runs the servers of a cluster, can
// lose, hold back or repeat batches and put batches of their own under any sender's name;
// they can read none. That a batch is missing or foreign shows in the grant's digests and
// in the books, not here.
package bus
