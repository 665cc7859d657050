// Package spool is the queue on an edge's disk between selection and transport: batches
// wait in it until the hub has them, through restarts and days without a line.
//
// A batch is durable when Append returns (callers at the same time share one fsync), is
// given in the order of its number, and is not given again once Ack has returned. A
// process killed at any byte leaves a torn end, which is found and cut; what lacks in the
// middle is counted, never passed over. Each warrant has a random key that lies outside
// the spool's folder; Forget destroys it, and what it sealed is dead on every copy of the
// disk. See docs/spec/collection.md.
//
// The package refuses what does not fit (nothing makes room but Ack, or Drop on the
// caller's word), keys on a lasting disk without a parent key, a second process, and a
// warrant that it was told to forget. It uses no clock, and knows nothing of what lies in
// a batch. Who can write the folder can remove batches or mark them as acknowledged; they
// cannot read one or make one.
package spool
