// Package apply holds the verb apply, of whoever asks for a warrant: an application made
// of a draft, judged by the rules before it is sent, sent, corrected, withdrawn, renewed.
// It refuses to sign what it has not shown.
package apply
