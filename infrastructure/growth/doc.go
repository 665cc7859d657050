// Package growth grows the graph of an attack's infrastructure out of who talked to
// whom: it collects links in bounded memory while records pass, then goes from seeds
// to those who keep turning to them, and to what those have in common. Its rule and
// its limits are docs/spec/infrastructure.md. It refuses to go on through a machine
// that serves everybody, and to hold anything of an exchange but times and counts.
package growth
