// Package knownbad finds machines that talk to what others have already found to be
// bad: addresses, prefixes, host names and all beneath them, certificates and client
// fingerprints from published lists.
//
// A match speaks from the first record on. How sure it is depends on what matched (a
// name or a certificate is surer than a prefix, a fingerprint alone is never more than
// a hint), on how far the exchange got (a connection that was answered, an attempt, a
// question to DNS, a touch from outside), on what the list says about itself, and on
// who else goes there: an address that a large share of all machines uses is a shared
// host, a resolver or a content network. The package refuses to take one list's word
// for more than it is: each finding names the list and the line.
package knownbad
