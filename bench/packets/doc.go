// Package packets makes captures and measures how many packets a second one core
// reads, meters and looks into, beside nfpcapd and tshark on the same files. It
// refuses to make captures that look like an attack: these are for speed only.
package packets
