// Package tls reads the facts of a TLS handshake that both sides send in clear:
// the server name, the protocols offered, the version agreed, the fingerprints JA3
// and JA4 of the client, and who a certificate says it is.
//
// JA4 is the client fingerprint that FoxIO published under the BSD licence. JA3 is
// kept because indicators of old malware are written in it.
//
// The package refuses to decrypt, to follow a stream (the caller hands it the bytes
// in order), and to say whether a certificate is to be trusted.
package tls
