// Package compile makes the law that stands in content/regimes and content/calendars,
// written by people in TOML, into papers: the rules of an instrument, the profile that
// taps, edges and agents check, and calendars. It is strict: what it does not know, what
// stands twice and what cannot be is an error with file, line and key.
//
// The package refuses to add law: an absent fact stays absent, a length of time in
// months becomes the shortest that those months can be, and an overlay that loosens
// anything of the instrument below it is no overlay.
package compile
