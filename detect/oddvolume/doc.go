// Package oddvolume finds machines that send what they should not: far more than
// their own past and their peers to a destination that nobody else knows
// (exfiltration), and many machines that send small or unanswered packets to one
// end at once, or answer one end far beyond its questions (the build-up of a flood,
// reflectors among them).
//
// Backups, synchronisation, calls, speed tests and content networks move more than
// any thief; they are told by who else uses the destination, by what comes back and
// by whether it is new. It refuses to call volume alone odd.
package oddvolume
