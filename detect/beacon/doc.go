// Package beacon finds machines that call home: contacts from one host to one
// address or one name whose times show a clock with jitter rather than a person.
//
// Timing is judged by a likelihood ratio ([rhythm.Find]), so that evidence grows with each
// check-in and a jitter of 90 % needs more of them than one of 10 %. What the
// rhythm alone cannot tell apart from honest software (time services, updaters,
// monitoring agents, push channels) is weighed by behaviour: who else keeps the
// same rhythm with that destination, how constant the sizes are, whether the
// destination belongs to a family of names the host uses anyway. It refuses to
// decide by a list of known-good names.
package beacon
