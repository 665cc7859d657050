// Package ring holds the keys of a spool's warrants: random ones, in memory and in one file
// outside the spool, wrapped by a parent key where that file lies on a disk.
//
// It refuses bare keys on a disk. A key that was killed is in no file that it writes
// afterwards; an older file may be found on a disk, and is dead once its parent is.
package ring
