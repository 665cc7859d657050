// Package flow is the paper that says what a communication looked like from
// outside: who, when, which ports, how much, which name was asked, which
// certificate was shown.
//
// It is a closed list. Every field of [Record], [DNS], [Answer] and [TLS]
// stands in fields.toml with the reason why it is machine information. There is
// no field for content, URL path, any other header, mail subject, body or file
// name, and the package refuses to grow one: a test compares the structs with
// the list.
//
// Being a paper, the package imports the standard library only, does no I/O, and
// promises its canonical encoding ([AppendBatch], [DecodeBatch]) and nothing else.
package flow
