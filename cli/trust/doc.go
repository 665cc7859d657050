// Package trust is the verbs by which people and bodies come to trust one another: keys
// makes and shows key files, init gives a body its certificate authority and folders,
// root makes, rotates, shows, signs and installs the trust root. It refuses to install
// anything that does not hold by the fingerprint that a person gave.
package trust
