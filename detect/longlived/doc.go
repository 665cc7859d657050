// Package longlived finds connections that stay: one that lasts for hours, and
// sessions that are opened again whenever they close, so that a machine is tied to
// one outside place nearly all the time. Remote-control tools work so.
//
// It does not wait for the end. Slices that a meter cuts at its active timeout and
// snapshots of open connections are stitched over timeouts into what they are one
// piece of, and the finding is there while the connection is open. What harmless
// software keeps open (push, chat, mail, tunnels of the house) is told by who else
// does it, by the kind of service and by direction. It refuses to call a lone
// host's connection high where there is no population to compare it with, and
// knows no list of good names.
package longlived
