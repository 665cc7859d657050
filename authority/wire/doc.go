// Package wire is how an applicant's desk and a member's machine talk to the commission:
// HTTPS with certificates of both sides, papers as they are signed, answers as JSON.
//
// It refuses to sign, to hold a key of a person, and to believe an answer for more than
// it is: what counts of it is a paper with signatures, or a receipt of the log, and who
// relies on it checks those.
package wire
