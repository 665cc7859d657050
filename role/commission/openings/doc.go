// Package openings is where the commission's service opens entries of its log to
// everybody: on a member's signed request, which is an entry itself, cosigned by the
// witnesses, before anything is open, and is opened together with what it opened.
//
// It refuses what nobody has signed, what is of another log, what names an entry that is
// not there, and to open anything whose request the witnesses have not seen. A request
// that a stop interrupted is carried out at the next start.
package openings
