// Package hot measures what runs for each address, line and record: the direction
// look-up, pseudonyms, selectors, the Zeek reader, the engine, and the memory of a host.
// It refuses to judge: nothing is asked of these figures, they are here to be watched.
package hot
