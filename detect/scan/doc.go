// Package scan finds machines that knock at doors: many ports of one host
// (vertical), one port of many hosts (horizontal), or both (block), over TCP, UDP
// or ICMP, fast or one probe in a quarter of an hour.
//
// It follows first contacts only, in the manner of threshold random walk (Jung,
// Paxson, Berger and Balakrishnan, "Fast Portscan Detection Using Sequential
// Hypothesis Testing", 2004): each first contact that fails moves the walk of its
// service and of its target towards "scanner", each that succeeds moves it back,
// because an honest client mostly knows whom it calls. Breadth is counted in
// distinct targets and ports by bitmaps, so that retries count once.
//
// A machine of ours that scans is serious. A machine abroad that scans us is the
// weather: it is kept low, grouped by what it looks for, and rises to medium only
// when many of us answered.
//
// Look-alikes that it knows by behaviour: peer-to-peer (one port each of many
// peers), browsers (names looked up), monitoring (answered), multicast and
// broadcast discovery, backscatter of floods, traceroute, replies seen alone.
//
// The package refuses to judge by the address or the name of anybody.
package scan
