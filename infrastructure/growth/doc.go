// Package growth grows the graph of an attack's infrastructure out of who talked to
// whom: it goes from seeds to those who keep turning to them, and to what those have
// in common. Its rule and its limits are docs/spec/infrastructure.md. It refuses to go
// on through a machine that serves everybody, and to take two machines for one
// another's kind where by chance as many others would be.
package growth
