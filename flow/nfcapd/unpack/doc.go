// Package unpack decompresses the blocks of nfcapd's files: LZO1X, LZ4, bzip2 and zstd.
// A block does not say how long it will be. The package refuses to give out more than
// [Max] bytes for one, whatever it holds, and to take more memory than a block of its
// length can fill.
package unpack
