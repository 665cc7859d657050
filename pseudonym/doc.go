// Package pseudonym replaces the addresses of the country in what is selected, under a
// key of the warrant and the UTC day (仮名符号, 非識別化措置). It is IPCrypt's
// ipcrypt-deterministic: one block of AES-128 over the 16 bytes of an address. One
// address has one pseudonym under a key, so that records of a day can be held beside
// one another, and another one under any other key, so that days and warrants cannot.
//
// [Key] seals and opens one address; a [Ring] keeps the few keys that live, and wipes
// them; a [Hider] goes through a whole record, its answers and names too. A record says
// itself which of its addresses are pseudonyms: [flow.Record.Pseudonyms].
//
// The package refuses to print a key, to seal with one that was wiped, to write an
// address where a pseudonym was asked for, and to judge where an address lies. It does
// not open for anybody: who may, and with whose shares, is decided elsewhere.
package pseudonym
