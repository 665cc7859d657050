// Package verify is the verb verify: it checks an export of the logs as an outsider
// would, offline. What is right and wrong is ledger/verify's to say; this package reads
// flags and refuses to check anything without being told how fresh it must be.
package verify
