// Package tiers measures how much of a made-up botnet the infrastructure graph finds
// from one known C2, in which parts, and how many honest machines it draws in. It
// refuses to count as findable what no visible link joins to that C2, and says how
// much that is.
package tiers
