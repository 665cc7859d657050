// Package publish writes the yearly figures for people: a page of HTML with a picture
// and a table of the same numbers, and CSV for programs, in Japanese and in English; the
// JSON is the paper itself. All are written from the paper alone, so that they cannot say
// anything else.
//
// It refuses to round, to leave a number out, and to add one that the paper does not have.
package publish
