// Package decision is how a body of several members decides an application: each
// member's vote, signed by that member alone; the count of the votes, which anyone can
// do again; and the decision that follows from it.
//
// It refuses to count a person twice, a vote that its member has not signed, or one for
// more than was asked. A recusal takes nothing from what the others need, and a smaller
// number on call decides only where the rules have it. It holds no key and signs nothing.
package decision
