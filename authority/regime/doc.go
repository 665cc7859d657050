// Package regime is the compiled profile of one instrument: one power of one body of
// law as a paper, in canonical JSON, called by its digest. It says which locks must
// sign, which path there is, how long a warrant may last, and what it may be for.
//
// The package refuses to know any law: profiles are data, and a profile that
// contradicts itself (no path, two locks of one role, an urgent path without what
// follows) is refused whole.
package regime
