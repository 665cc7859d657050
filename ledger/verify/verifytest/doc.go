// Package verifytest makes exports of two logs for tests and measurements: an invented
// commission that decides and says what stands, an invented hub that opens and closes
// grants, keeps books, asks, discards. All signatures are real, all keys come from a seed
// that everybody knows. Its hand is a second one: it writes tiles, notes, cosignatures
// and commitments without the code of those who write logs, so that the verifier is not
// tried on one reading of the specification alone. It must never reach the product, and
// refuses to be used for real logs: anybody can sign in its name.
package verifytest
