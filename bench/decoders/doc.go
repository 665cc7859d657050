// Package decoders measures how fast exports of flows become flow records, beside
// the decoder that serves as our oracle in the same process, turn by turn. It refuses
// to compare what the two read differently: a datagram counts only when both find the
// same number of records in it.
package decoders
