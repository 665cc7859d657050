// Package run starts and stops the parts of a process: in order, and in reverse.
//
// A part is a function that blocks until its work ends. It says when it is ready,
// and only then the next one starts; when one ends, or the process is told to stop,
// the parts are stopped from the last to the first, each given time to end before
// the one below it is stopped. The whole stop has a hard limit. run refuses to
// start a goroutine that it does not wait for, and it never hides a part that
// failed or did not stop.
package run
