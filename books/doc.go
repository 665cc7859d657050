// Package books is the count that both sides of every border keep, and the
// equations between the counts: what the tap copied the edge has seen, what the
// edge forwarded the hub has received, and inside each of them nothing vanishes.
//
// A log proves that nothing was changed. The books show that nothing was left out:
// whoever drops, repeats or adds records on the way must make two parties lie
// alike. A page holds counters since the beginning, cut at the minute that the
// sender wrote into the header, so both sides count the same records whenever they
// arrived. There is a page for every minute, also for one in which nothing came.
//
// The package refuses to explain an imbalance away: it names the equation, the
// warrant, the link, the minute and both values, and leaves the judgement to people.
// It binds a tap, an edge and a hub against one another; a carrier and an agency that
// lie alike are not caught by it.
package books
