// Package nfcapdtest writes files of nfcapd for tests and measurements, in both layouts,
// as nfdump reads them. It refuses to be used for anything else: what a record holds
// beyond addresses, ports, times, counters and flags is lost.
package nfcapdtest
