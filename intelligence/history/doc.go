// Package history reads what others saw of names in the past, from exports that one
// has: certificate-transparency searches (crt.sh JSON or CSV) and passive DNS (common
// output format, JSON lines). It answers one question: since when has a name been
// known.
//
// It reads files only and refuses to ask anybody over the network, because a question
// about a name tells the one who answers that somebody is looking.
package history
