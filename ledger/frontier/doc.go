// Package frontier is the right edge of a tree: enough of it to work out its root and to
// go on. The ledger signs the roots that come of it, and not of its tiles, so that a tile
// which went bad on the disk is never signed. The package refuses to go on from tiles and
// leaves that do not bear out what was published.
package frontier
