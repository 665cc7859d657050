// Package outline writes the tiers of an infrastructure for a terminal: how many
// machines each has, and the surest of them. It refuses to repeat what the findings
// say: without a relay and without a seed that a person gave it writes nothing.
package outline
