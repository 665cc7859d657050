// Package livetest gives tests and measurements a country with a log of acts, witnesses
// whose clocks can be wrong, and machine clocks that can be set. It refuses to be more
// than that: the log is kept in memory, and everybody knows its keys.
package livetest
