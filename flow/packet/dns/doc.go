// Package dns reads what a DNS message asked and which addresses and names it
// gave, and joins question and answer into one lookup.
//
// A name becomes text in lower case; every byte of a label that is not visible
// ASCII, and a dot or backslash inside a label, becomes \DDD, so that splitting at
// dots gives the labels and tunnels with raw bytes stay visible. The final dot is
// left out; the root is ".".
//
// It refuses to hold what TXT, NULL or any other data record said: of answers only
// A, AAAA, CNAME, NS, PTR, MX and SRV are read, at most [MaxAnswers] of a message.
package dns
