// Package settings is what the configuration file of a commission's service can set: who
// it is, where its trust root, law, store, log and keys lie, and every limit of its server.
//
// The package refuses a file with anything that it does not understand, and a value that
// cannot be, with file, line and key. It holds paths of secrets, never a secret.
package settings
