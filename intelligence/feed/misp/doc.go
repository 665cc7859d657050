// Package misp reads the attributes of MISP events that are meant for detection:
// addresses, names, URLs, certificates and JA3, from an event, an answer of several
// events, or a folder with a manifest as MISP publishes feeds. Tags say how far source
// and information are to be believed and under which marking they stand. It takes
// nothing that its author did not mark for detection.
package misp
