// Package announce is how a service that writes a log says which program it runs, and
// learns from the receipts of it what time it is: at its start, and each hour.
//
// The package refuses to take its own machine's word for the time: until a receipt of the
// witnesses' quorum has come, the clock stays unsure, and it asks again. Whoever changes
// the program that announces can announce another one's hash; what it shows is which
// builds were used, not that they are honest.
package announce
