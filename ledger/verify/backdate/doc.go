// Package backdate holds what a paper says of its time against the time at which
// witnesses saw its entry: whoever has an old key can write any time into a paper, but
// he cannot choose when it is recorded. It refuses to believe a stated time and to say
// more than that a key was no longer in force.
package backdate
