// Package dga finds machines that look for their command server under names which
// a program makes up (domain generation algorithms): one host asks for many
// registrable domains, most of which do not exist, and their letters look made up;
// or nearly all of them lead to one address, as names do that defenders took over.
//
// The judgement is about the host, not about a name: [Score] of one name is only
// one voice in it. Names put together from words look honest one by one, so many
// never-seen dead domains within minutes count by themselves. It refuses to count
// host names below one registrable domain (content networks, tunnels), names in
// local zones, reverse and service lookups, volume without proportion, and live
// names that several hosts use or that lie where honest names lie too.
package dga
