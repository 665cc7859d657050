// Package files measures how fast binary files of flows are read, filtered and added up,
// beside nfdump on the same file in the same run. It refuses to compare answers that
// differ: both must find the same flows and the same first talker.
package files
