// Package sealed is the form in which a flow store's files lie on the disk: frames, each
// enciphered and bound to its file and its place, AES-256-GCM under a key of the file
// alone.
//
// A file begins with a line and 32 random bytes; its key is derived from the group's key,
// these bytes and the file's purpose (HKDF-SHA-256), so that two files never share one
// and the number of a frame can be its nonce. A file is written once and never continued
// after it was closed or the process died; a new one is begun.
//
// The package refuses a frame that was changed, moved, left out or cut off, and a frame
// of more than MaxFrame bytes. It holds no keys and knows nothing of what lies in a frame.
// Who can write the folder can remove whole files, or cut frames off the end of a file
// that is not finished with a last frame; they cannot make anybody believe other records.
package sealed
