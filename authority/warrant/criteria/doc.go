// Package criteria is the small language in which a warrant says what may be kept: any
// of some cases, each of them all of some conditions, each condition a field of the
// flow record and a set of values. It is small so that one question is always
// answered: does this lie inside that?
//
// The package refuses what would make the answer unsure: no negation, no pattern but
// "all names below", no comparison of two fields, no condition that nothing can meet,
// and more than one spelling of one set.
package criteria
