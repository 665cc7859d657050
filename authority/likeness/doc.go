// Package likeness finds reasons that repeat: those of one application among themselves,
// and those of earlier applications. What is found is shown word by word, with where
// else it stands, so that whoever decides can look and judge.
//
// Texts are compared as people read them: width, capitals, blanks and punctuation do not
// count, and every number counts as any other, since a copied reason with another
// address is a copied reason. A text is cut into overlapping pieces of some eight
// Japanese characters or sixteen Latin letters; some of the pieces, chosen by their
// value alone, lead to earlier texts that hold the same, and those few are then compared
// whole. A passage that both texts hold is found when it is long enough ([Limits]),
// wherever it stands. Texts that are known to recur, such as the wording of an article,
// are handed over once ([New]) and do not count.
//
// The package only warns. It refuses to block anything, to judge whether a repetition is
// wrong, and to call alike what says the same in other words: a paraphrase is not found.
// The longest texts are compared up to a bound, so that nobody's text can hold it up.
package likeness
