// Package brand knows whom names imitate: it holds the brands and public bodies of a
// list, with the domains that are their own, and says of a host name whether it
// imitates one of them and how (a letter wrong, letters of another script, the
// brand's word beside a bait, its domain put in front of another).
//
// It refuses to call a brand's own name an imitation, and says nothing about who
// uses the name: prevalence and time are the detector's business.
package brand
