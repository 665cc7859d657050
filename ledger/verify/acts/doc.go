// Package acts judges what the opened entries of the logs say: whether each paper bears
// the signatures that it needs by the trust root of its time, whether warrants were
// given by their locks and children stay within their parents, whether each grant lies
// inside a warrant that stood, was opened before it was used and closed afterwards,
// whether liveness went on without a fork, whether the books balance, whether what was
// disposed of is gone, and whether a period's counts are those of its entries.
//
// It reads entries in the order of their logs, the commission's first, and refuses to
// take the hub's word for anything that a paper or a position can show. What is not
// opened it does not judge; it says how much that is.
package acts
