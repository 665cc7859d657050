// Package archive opens what is to be verified: a folder, a zip, a tar, or files in
// memory, all as one file system.
//
// It writes nothing and unpacks nothing onto a disk. An archive that holds more than its
// limit, a name twice, or a name that leads out of the export is refused.
package archive
