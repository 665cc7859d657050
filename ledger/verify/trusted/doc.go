// Package trusted is the trust root of an export as it was at each instant: it follows
// the versions and the bodies' lists from the fingerprint that the reader has from
// elsewhere, and reads the profiles that the root names. It also remembers, within a
// process, what signatures came to.
//
// It refuses to take the newest papers for those of the past: a signature counts by the
// trust of its time.
package trusted
