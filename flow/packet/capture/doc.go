// Package capture reads packets out of capture files: pcap in both byte orders
// with stamps in µs or ns, and pcapng with any number of sections and interfaces.
//
// A frame is a view into one buffer and is valid until the next one is read. What
// cannot be read is skipped with its place; after damage in a pcap file the reader
// looks for the next plausible packet. It refuses to hold more than one block in
// memory, to trust a length, and to know anything about what is inside a frame.
package capture
