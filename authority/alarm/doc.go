// Package alarm is what the desk finds out by the clock alone, and the paper that it
// records of it: an error that reports itself, or the dismissal of an application.
//
// It refuses to find anybody guilty: it says what was owed, since when, and what is over.
package alarm
