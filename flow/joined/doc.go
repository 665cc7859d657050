// Package joined makes one record of what exporters of flows report of one exchange.
//
// Routers count each direction by itself, and every router on the way counts the same
// packets again. The joiner pairs the two halves, decides which end began (by TCP
// flags, by which half is earlier, by ports), drops what another observation point, or
// the same one at another interface, reported of the same time, and tells a further
// slice of a long exchange from a new one where the exporter did not.
//
// It holds a bounded table: a half waits for the other for a while, and what went out
// is remembered for a while. It refuses to add up what two exporters report, and to
// touch records that have no link, or that carry names.
//
// Doubts: of two exporters the first to report an exchange is believed alone, so that
// what only the other saw of the same time is lost. Sampled exporters draw different
// packets: their records are dropped alike when they overlap, and of single packets
// (sFlow) those of the first switch that speaks of a direction of an exchange are taken
// and those of the others dropped, until it falls silent.
package joined
