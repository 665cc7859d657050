// Package trust is the trust root: which bodies there are, which roles each may give,
// which keys hold them, which logs and witnesses count, which profiles are in force.
// It is the one paper that an owner installs by hand, by its fingerprint; everything
// else is found true or not by it.
//
// Root versions form a chain that two bodies of the top sign; each body rotates its
// own list of keys by its own threshold; lost keys are replaced by the recovery keys
// of at least two bodies, after notice. A [View] is what all that comes to at an
// instant. Signatures are judged at the time at which a paper was recorded as well as at
// its own, so that a key out of use cannot sign into the past ([History]).
//
// What nobody entitled has signed is left out and named ([View.LeftOut]): noise among the
// papers stops nothing. The package refuses to trust what it cannot trace to the pinned
// fingerprint, a quorum that one dishonest witness could split, a key in two hands, and a
// change of the rules, of who decides or of who watches without notice.
package trust
