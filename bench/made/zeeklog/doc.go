// Package zeeklog renders a stage as a folder of Zeek logs in TSV form: conn, dns,
// ssl, http and x509. It refuses to invent: what is in a log follows from the
// exchange, as a sensor would have seen it.
package zeeklog
