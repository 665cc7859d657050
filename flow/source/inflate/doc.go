// Package inflate reads an input that may be compressed with gzip, zstd, xz or
// bzip2, one in another up to a depth, as recognised by its first bytes. It is
// for inputs that nobody vouches for: it refuses windows and dictionaries beyond
// a limit, and streams that give out far more than was put in, before they cost
// memory or time. It never looks at a file name, and it unpacks no archives.
package inflate
