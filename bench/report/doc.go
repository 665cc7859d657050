// Package report holds what a run of bench measured and writes it as Markdown for
// people and as JSON for programs: what was asked, what was measured, the peer, met
// or not. It describes the machine. It refuses to judge: each section says itself
// whether its figure is met.
package report
