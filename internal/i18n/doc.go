// Package i18n is the catalogue of everything the product says to people, in
// Japanese and English, and the way that text is fitted into a terminal. Each
// area has one file per language, ja/AREA.toml and en/AREA.toml; a key is
// "area.place.meaning".
//
// In a sentence {name} stands for an argument and {name|one|many} for the word
// that goes with its number ("{n} {n|query|queries}"); Japanese needs no second
// form. Text that came from outside is escaped where it enters a sentence, so
// that no name seen on the wire can steer a terminal.
//
// It refuses to guess: a missing key shows as itself, and a test fails on it.
package i18n
