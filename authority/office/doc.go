// Package office is where a person works with the commission: the line to it, papers that
// are made, shown, signed on this machine and brought there, and its answers in words or
// JSON. It is what the verbs of applicants, members and inspectors share.
//
// It refuses to sign what it has not shown, to send a key anywhere, and to say that
// something was taken before the service has given its place in the log.
package office

import ()
