// Package repeat finds reasons that say, word for word, what other reasons say: of the
// same application, or of the one that it renews. Blanks, marks and capitals do not make
// another reason of one.
//
// It refuses to judge likeness that is less than that, and to block anything: a
// repetition is a warning for people.
package repeat
