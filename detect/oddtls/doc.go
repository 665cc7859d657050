// Package oddtls finds encrypted connections whose outside does not fit: a certificate
// that nobody vouches for, a name that the certificate does not bear, a validity or an
// age that honest services do not have, a client program that nobody else has and that
// goes to one place only.
//
// Each sign has honest bearers, so no sign decides: a finding with one sign stays low,
// with two medium, and high takes three kinds of sign and more, or another method that
// speaks of the same machine and place. It refuses to know lists of issuers or of
// fingerprints: what is rare is counted, not looked up. Since version 1.3 servers show
// their certificate under encryption; then only the client and the name speak.
package oddtls
