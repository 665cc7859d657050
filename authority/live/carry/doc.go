// Package carry takes the commission's statements from one party to the next: over
// HTTP, asked for (a request waits until there is a newer one) or pushed. Anyone may
// carry them; who gets one verifies it for itself, so nothing here is trusted.
//
// It refuses long bodies, too many at once, and to keep anything: the newest statement
// lies with the commission's issuer or a party's watch. What it carries shows which
// warrants stand by blinded names only.
package carry
