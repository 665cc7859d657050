// Package labelled measures on captures and lists of names that others published
// with labels. What is expected of them is what their publishers say; no detector
// knows it. It refuses to guess: without the data its figures are "not measured".
package labelled
