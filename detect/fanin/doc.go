// Package fanin finds the server behind many bots: one destination that few hosts
// of the population know, and that those few turn to again and again with a
// steady rhythm and alike sizes.
//
// One bot among thousands of hosts looks like any agent; forty that keep the same
// habit with one rare node do not look like visitors of a web site. It refuses to
// take popularity for guilt: a destination that a fair share of all hosts uses is a
// service of the place.
package fanin
