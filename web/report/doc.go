// Package report makes the page that shows an analysis to a person: from a minister
// who reads the first screen to an engineer who opens every table. It is one file
// without any reference outside, holds both languages, and forbids itself scripts
// and the network by its own policy. It shows what [share.Result] holds and refuses
// to weigh anything anew: levels, scores and reasons are the detectors'.
package report
