// Package block takes files of nfcapd apart as far as their frame goes: the head, and
// one block after another, as they stand in the file. What is in a block it does not ask.
//
// It refuses files of layouts it does not know, encrypted ones, and those of a machine
// of the other byte order. No length in a file is trusted: who announces much must send
// much, and a block takes at most as much as package unpack allows.
package block
