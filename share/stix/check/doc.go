// Package check judges whether a bundle is valid STIX 2.1: required properties and
// their forms, ids, times, vocabularies, patterns, and that what is referred to is
// there. It is written from the standard (OASIS, 10 June 2021). It knows no profile
// of anybody and never repairs; each complaint says where, what, and whether the
// standard demands it or only advises it.
package check
