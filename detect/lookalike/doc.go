// Package lookalike finds names that imitate brands and public bodies: a letter wrong,
// letters of another script, the brand's word beside a bait, its domain put in front
// of another. One finding stands for one machine and one name that it looked up or
// turned to.
//
// Whom names imitate is data (package brand). Against it speak a name that many
// machines use, a family of names under one domain as content networks have them,
// and an alias that the brand's own name leads to. It refuses to judge by the look
// of a page, which it never sees, and to call a brand's own domain an imitation.
package lookalike
