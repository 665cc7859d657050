// Package figures is the yearly figures of the transparency report as a paper: for each
// item that the law asks for, how many entries of which class and instrument the log of
// decisions has, the outlines that are open, and how many open applications repeat
// earlier reasons. The counts come from the reports of periods that the logs' keepers have
// signed; so they count what is still sealed too, and say how much that is and why. The
// rest is worked out from open entries.
//
// It refuses to count what no period has counted, periods with a gap between them, entries
// on the wrong side of the year's bounds, an outline that its entry does not have, and to
// leave one out that is open. From the same log anyone makes the same bytes.
package figures
