// Package papers is the verbs on signed papers: sign says in words what is signed and
// asks; warrant drafts, shows, checks, narrows, suspends and revokes; live makes and checks
// the commission's word on what still stands; grant asks for a window of collection and
// closes it. It refuses to sign unseen, to narrow into something wider, and to call a
// paper good while a single condition is not met.
package papers
