// Package account holds the books of an export against one another, and against what tap
// and edge signed at the close of each window: it collects the pages that stand in the
// logs, subtracts, and says at which entry an imbalance shows.
//
// It refuses to judge who signed a page; pages come to it with that judged.
package account
