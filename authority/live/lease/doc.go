// Package lease ends effects that nobody renews: a block, a route, a process held still.
// What an agent does holds as long as the commission's word renews it within the
// effect's own lease, and ends by itself when the word stops, says no, or the warrant
// is over; also after a restart.
//
// The package refuses to begin what it has not written down, and to hold on to
// something because the clock is not known. It undoes nothing itself: an [Ender] does.
package lease
