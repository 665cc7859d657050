// Package issue is the commission's side of liveness: it keeps which warrants stand and
// signs that every few seconds, and at once when one is suspended or revoked. What it
// leaves out does not stand: a warrant that is stopped, over or not begun, and a link
// whose books are five minutes late.
//
// It refuses a warrant that is not right by every rule but its liveness, and to sign
// while its clock cannot prove the time; it never signs two statements with one number,
// over crashes too. It hears what others say in the commission's name, keeps it as evidence,
// and goes above it. Who holds its key and its folder is the commission.
package issue
