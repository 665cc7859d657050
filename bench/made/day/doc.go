// Package day puts a labelled day together: a world, its honest traffic and the
// chosen threats on one stage, and the lists that say who is who. Tests and
// benchmarks in other packages play it or have it written. It refuses to depend on
// anything but its options: the same options give the same bytes.
package day
