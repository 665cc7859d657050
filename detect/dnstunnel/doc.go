// Package dnstunnel finds data carried inside DNS names: a host that asks, under
// one zone, for ever new names that no person would have chosen.
//
// What counts is how much the names carry, not how many bytes go by. Each name's
// part below its registrable domain is priced in bits: letters that follow each
// other as in ordinary host names are nearly free, what looks like base32, base64,
// hexadecimal or raw bytes costs its alphabet. Distinct names are counted one by one
// up to 64, from then on by a sketch of 256 registers (Flajolet et al., HyperLogLog,
// 2007). Record types that ordinary clients do not ask for (NULL, KEY, PRIVATE; TXT, CNAME, MX, SRV) raise
// the price, but tunnels over A and AAAA alone are found as well.
//
// Honest look-alikes lower it: names asked again (content delivery), names that
// the host then visits (advertisements, tracking), answers in 127/8 (reputation
// and block lists), reversed addresses, and zones that many of the network's hosts
// use in the same way.
//
// The package refuses to judge names by a list of zones, and to look at answers'
// data other than addresses: TXT and NULL data are never held.
package dnstunnel
