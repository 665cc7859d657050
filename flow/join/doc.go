// Package join brings the lines of a sensor's logs about one exchange together:
// flow records (Zeek's conn), names from TLS and HTTP, facts of certificates,
// numbers of signatures, by the number of the exchange's identifier (uid), in
// whatever order they come.
//
// It refuses to grow without bound: what has waited too long, or is the oldest of
// too many, goes out alone. Nothing goes lost: each conn record goes out once, and
// names that find no conn record go out as a record of [flow.KindFacts].
package join
