// Package detect turns flow records into findings: which machine talks to whom in
// a way that command-and-control traffic has and honest traffic seldom has.
//
// One folder holds one method (beacon, longlived, dnstunnel, …), each a
// [Detector]. The [Engine] owns them all, works out once per record what they
// share (direction class, name, prevalence) and hands each an [Event]. State is
// counters in bounded memory, it can be merged with that of another engine, and
// findings can be asked for at any time. It refuses to look at content: it sees
// flow records only, and those cannot hold any.
package detect
