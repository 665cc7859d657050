// Package actor knows who acts: bodies, people, and the duties that people bear in
// bodies from one instant to another, with the trainings that duties need.
//
// The register only grows. A duty begins when it is on record or later, and ends when
// its end is on record or later, so that what was true of an instant stays true of it;
// every change is kept, with who made it and why. A key of the trust root counts for a
// person only together with the person's duty here ([Bearer]): either alone is not
// enough.
//
// It refuses a person in two bodies at one time, a person in two locks of one
// instrument at overlapping times, whoever appoints or trains themselves, and anything
// dated back. It gives no right: whether a warrant allows an act is judged elsewhere, by
// papers.
//
// Trust sentence. Who keeps the database can change who seems to bear which duty, and
// cannot make a key that the trust root does not name.
package actor
