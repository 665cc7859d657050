// Package join brings the lines of several Zeek logs about one exchange together:
// conn records, names from ssl and http, facts of certificates, by the number of
// their uid, in whatever order they come.
//
// It refuses to grow without bound: what has waited too long, or is the oldest of
// too many, goes out alone. Nothing goes lost: each conn record goes out once, and
// names that find no conn record go out as a record of [flow.KindFacts].
package join
