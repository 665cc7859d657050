// Package ask is the holder's side of grants: two windows ahead, for each link under a
// warrant, it signs an open, brings it to the log of acts, and hands it with its receipt
// to tap and edge, so that the receipt is there before the window begins.
//
// It refuses to ask twice for one link and minute, over restarts too, and to ask while
// its clock cannot prove the time. What it asks for it does not decide: tap and edge do.
package ask
