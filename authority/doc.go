// Package authority is the desk of applications: it takes an application in, refuses by
// machine what is incomplete and says all that is missing, keeps the members' votes,
// draws the decision that follows from them, takes in the warrant that the locks have
// signed, and ends it when it is suspended, revoked, renewed or not confirmed.
//
// How an act goes. It is checked and written into an outbox, with the key of its
// commitment; it becomes an entry of the log of decisions; only then it takes effect.
// Whatever is in the outbox when the desk is opened goes on its way again under the
// same key, and the log does not take it twice. So a stop at any instant loses nothing
// that was acknowledged, and doubles nothing. Who got no answer brings the same paper
// again, and gets the answer that he would have had.
//
// The package refuses to decide: votes decide. It holds no key and signs nothing; what
// a member or an applicant says, that person's own key has signed.
package authority
