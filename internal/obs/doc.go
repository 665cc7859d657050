// Package obs is how a running program is seen: log lines, a progress line on a
// terminal, counters with their help text.
//
// Log lines and progress go to the standard error stream, so that results stay
// clean. Text from outside is escaped before it reaches a terminal. Everything that
// moves has a counter, and obs refuses a counter without a help text. It holds no
// global logger and no global registry, and it never sends anything anywhere.
package obs
