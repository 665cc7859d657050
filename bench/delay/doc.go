// Package delay replays made-up attacks among office traffic, record by record, and
// counts how many of their contacts pass until a finding is at high. It refuses to
// choose: a replay in which nothing is found counts as the worst.
package delay
