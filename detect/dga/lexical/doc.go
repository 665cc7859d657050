// Package lexical judges one host name by its letters: does its registrable label
// look as if a program had made it up? It is a small learned model, bags of letter
// groups and a few counts in front of one hidden layer, that takes about a
// microsecond and no allocation per name.
//
// What it can never do is to be sure about one name: random-looking names of
// honest owners exist, and names put together from words look honest. It refuses
// to know any name or list of names; docs/spec/dga-model.md says what it learnt from
// and the program in detect/dga/train learns it again.
package lexical
