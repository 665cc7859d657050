// Package told says in words what a paper permits or commands, before somebody signs it
// and for whoever looks at it: who may do what, to what, until when, under which
// article. It also writes fingerprints in syllables that people of both languages
// pronounce alike, so that two of them can compare one aloud.
//
// It says everything that the paper binds its signer to, and refuses a paper of a type
// that it has no words for: nobody is to sign what nobody can read. It judges nothing;
// whether a paper counts is for those who check it.
package told
