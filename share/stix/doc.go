// Package stix writes an analysis as a STIX 2.1 bundle (OASIS Standard): what was
// observed, an indicator where others can match the attacker's end, a sighting, the
// ATT&CK techniques, and a report that holds them together, all under a marking of
// the Traffic Light Protocol. The same analysis gives the same ids. It refuses to
// name malware or actors, which metadata cannot show, to make an indicator of a
// private address or of a victim, and to use properties that the standard does not
// have; package check holds it to that.
package stix
