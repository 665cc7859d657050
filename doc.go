// Package noroshi is the root of Noroshi (狼煙, the beacon fire on the hill), an
// open platform for active cyber defence under the rule of law: it finds attackers
// in communications metadata, tells those at risk, and, where the law allows it,
// carries measures out, each under a signed permission and with a receipt in a
// ledger that outsiders watch.
//
// The package holds no code. It is the map, and its tests are the house rules.
//
// New here? Read ARCHITECTURE.md, then the package comments in this order:
//
//   - flow: what a communication looked like from outside, and nothing more
//   - flow/source and the readers beside it: how logs and captures become records
//   - direction: abroad or at home, and which row of which table says so
//   - detect: how records become findings, one folder per method
//   - cli: what a person sees; cmd/noroshi: the door
//
// Below them lies the plumbing: internal/fault (errors), internal/i18n (every
// sentence, in Japanese and English), internal/usage (help), internal/conf
// (one file), internal/obs (logs, progress, counters), internal/run (start and stop),
// internal/slots (tables that forget).
//
// Domain nouns stand at the root; imports run one way, downwards. It refuses, by
// house_test.go, packages that are too large, imports that go up, state that
// hides, sentences in one language only, and documents that promise what no test
// shows.
package noroshi
