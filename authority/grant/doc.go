// Package grant is the permission for one minute: a collection on one link for a window
// of at most 60 seconds, recorded in the witnessed log before it opens and closed with
// the counts of both sides after it. It is how an effect needs a receipt where single
// entries would be millions.
//
// The package refuses a window outside its warrant, a second one for the same link and
// minute, any new one while an old one stands unclosed, and a close that the one or
// the other side has not signed. It verifies no inclusion proof: a [Position] is what
// ledger/proof has found right, and the caller MUST NOT make one up.
package grant
