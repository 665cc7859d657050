// Package verify is the page on which anybody checks an export of the logs in a browser:
// one file that holds the verifier itself, asks no network for anything, and sends
// nothing anywhere. Its policy forbids it to. What is right and wrong is ledger/verify's
// to say.
package verify
