// Package unmet is the answer of everything that checks a paper: the list of all
// conditions that are not met, each with its place in the papers and a code. An empty
// list is a yes. It refuses to say "no" without saying where and why, and holds no
// sentence for people but a short English one per code: both languages stand in the
// catalogue under [Unmet.Key].
package unmet
