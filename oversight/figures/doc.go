// Package figures is the yearly figures of the transparency report as a paper: for each
// item that the law asks for, how many entries of which class and instrument the log of
// decisions has, and the outlines that are open. The numbers come from the reports of
// periods that both logs' keepers have signed, and from nothing else; so they count what
// is still sealed too, and say how much that is and why.
//
// It refuses to count what no period has counted, periods with a gap between them, and
// an outline that its entry does not have. From the same log anyone makes the same bytes.
package figures
