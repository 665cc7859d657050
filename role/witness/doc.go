// Package witness is the role of an outside body that cosigns the logs: it puts the
// witness's duty, its HTTP side, the exchange with other witnesses, the mirrors and the
// clock together into one service, and reads its configuration.
//
// The service refuses to start on a state that is older than its own word, on a root that
// it cannot trace, and on a configuration with anything that it does not understand. It
// holds nothing but checkpoints, commitments and testimonies, and can do nothing but
// cosign.
package witness
