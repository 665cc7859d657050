// Package cosigntest is a log for tests of witnesses: it grows, branches, lies and serves
// its tiles. Its tree is package tlog's, straight from the leaves. It refuses to be part
// of the product: only tests may import it.
package cosigntest
