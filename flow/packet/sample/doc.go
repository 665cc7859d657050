// Package sample makes a flow record of one packet that an exporter sampled and sent
// the beginning of (sFlow, PSAMP). It refuses to look behind the headers: the record
// is what the headers say, and nothing of the payload is held.
package sample
