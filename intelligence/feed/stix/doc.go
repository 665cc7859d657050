// Package stix reads the indicators of STIX 2.1 and 2.0 bundles: patterns over
// addresses, names, URLs and certificates, with who made them, how long they hold, how
// sure they are and under which marking. What metadata of communication cannot show,
// such as files and letters, is counted and left; a condition that cannot be checked
// makes what remains of its pattern weaker, never stronger.
package stix
