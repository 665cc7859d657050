// Package httpd is how a service of one body is reached by the machines of others: TLS
// 1.3 alone, both sides with certificates of their own body's authority (package pki),
// every request bounded in size, time and number, a stop that lets work end, and one
// log line a request.
//
// A route names who may take it; one without is refused when the server is made. Who
// calls is known by the certificate alone ([Peer]); no header is believed for it.
//
// The package refuses to listen but on loopback until it is told to, to answer anybody
// whom no route lets in, to read more than a route says, and to write into its log what
// tells people apart: neither paths nor addresses stand there, only patterns, bodies and
// roles. It knows nothing of what is asked; whether a paper allows it is judged behind.
package httpd
