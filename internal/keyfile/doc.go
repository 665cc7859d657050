// Package keyfile keeps one person's or machine's Ed25519 key in a file: the private
// key in a file that only its owner may read, locked by a passphrase or plain; the
// public key in a second file with the labels under which a trust root is to take it,
// signed by the key itself.
//
// Labels say what somebody asks for and give nothing: only the trust root gives a role.
// The package refuses to replace a key, to read one that others can read, and a public
// file whose labels its own key has not signed.
package keyfile
