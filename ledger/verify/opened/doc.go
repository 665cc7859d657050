// Package opened reads opened entries, quickly where they stand in the shape that all
// have, and makes their commitments anew. It refuses what is not in the one spelling of
// papers, as those do.
package opened
