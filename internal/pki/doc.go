// Package pki makes and checks the certificates by which the parties know one
// another on the line: each body has its own certificate authority, which speaks
// for that body alone, and short-lived identities under it.
//
// There is no common authority. What an authority may vouch for is not what its
// certificates say but which body the trust root pins it to ([Peers]): a
// certificate of one body under the authority of another is refused, whatever
// its names. A certificate opens a line and nothing else; it never gives a right to
// collect or to act, which only a warrant does.
//
// Trust sentences. key.pem of an authority: who reads it can pose as any machine of
// this one body, and of no other. identity.pem: who reads it can pose as this one
// machine until its certificate ends.
package pki
