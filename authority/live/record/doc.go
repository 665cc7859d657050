// Package record brings papers to a ledger of this process and waits for their receipts:
// what a hub uses for grants, and a commission for its own papers. It refuses to hand
// out a receipt that the witnesses' quorum has not cosigned. Taps, edges and agents do
// not contain it: they verify receipts, and write no log.
package record
