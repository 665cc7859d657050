// Package fastflux finds names whose addresses change too fast: a server hidden
// behind machines that were taken over, each of which answers for a few minutes.
//
// What counts is seen from one asker at a time: how many networks the name's
// addresses lie in and how far apart, how short the answers live, and whether answers
// keep bringing addresses that this asker was never given. Content networks give one
// asker the same few addresses again, in few networks; round-robin names and pools
// come to an end; dynamic DNS has one address at a time. Name servers whose own
// addresses change in the same manner (double flux) raise the finding.
//
// It refuses to judge a name by a list, to hold more of an answer than its
// addresses' networks, and to say more than low of what a large part of all
// machines asks for.
package fastflux
