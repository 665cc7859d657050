// Package links collects, in bounded memory while records pass, who turned to whom,
// how often, when and how much, and gives it as a graph over numbered machines. It
// refuses to judge anybody, and to hold anything of an exchange but times, counts and
// hashes.
package links
