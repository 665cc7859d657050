// Package indicator is how the bots of a server call, as it is handed on: the habit,
// its file, and the shape of a certificate's names. It refuses what could hold an
// address, a name or the text of a certificate: a key that is not in the form, and a
// shape that Shape would not write.
package indicator
