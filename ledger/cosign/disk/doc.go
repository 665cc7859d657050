// Package disk puts files into their places so that a crash at any instant leaves the old
// one or the new one, whole, and keeps a folder for one process. It refuses to return
// before the disk has what was written.
package disk
