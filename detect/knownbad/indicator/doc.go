// Package indicator reads lists of indicators of compromise as people publish them:
// one address, prefix, host name, URL, certificate digest, JA3 or JA4 on a line, CSV
// with a header that names its columns, counts after a tab, hosts files, and the
// same made harmless ("198.51.100[.]7", "hxxp://"). It refuses what would accuse the
// innocent: private addresses, huge prefixes, top-level domains and other public
// suffixes. Of a URL it takes the host and forgets the rest.
package indicator
