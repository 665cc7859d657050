// Package flowtest proves in tests that a reader cannot bring content into a
// flow record. A test plants canaries, random markers that occur nowhere else,
// in every place of an input that holds content (URI, user agent, cookie, mail
// subject, file name, TXT data, payload), lets the reader read it, and asks
// whether anything of them is left in the batch, in clear or transformed.
//
// It refuses to pass vacuously: [CheckNoContent] fails when the reader made no
// record, and when a marker planted with [Plants.Keep] did not arrive. It is for
// tests only; no product code imports it.
package flowtest
