// Package regimes is the verb regime: it lists, shows and explains the law by which the
// state may act, checks requests against it, and puts one case under several laws. What
// the law is stands in content, what it says to a request is said by the rules' own
// evaluator; this package refuses to add a judgement, and shows no uncertain fact without
// its mark.
package regimes
