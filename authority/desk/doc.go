// Package desk is where a person works with papers: it opens the trust root that was
// installed, shows a paper in words, asks, signs, and writes results as text or JSON. It
// is what the verbs on papers share.
//
// It refuses to sign what it has not shown, to take a trust root that does not hold, and
// to say yes to a check while a single condition is not met.
package desk
