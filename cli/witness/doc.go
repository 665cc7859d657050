// Package witness is the verb witness: it makes, runs, checks and shows a witness, carries
// out what a person decided about a log, and judges what witnesses put in writing. It is
// also all that the small program noroshi-witness can do. It decides nothing by itself:
// to stop a log or to go on takes a person's name and a reason.
package witness
