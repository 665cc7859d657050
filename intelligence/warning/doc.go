// Package warning holds lists of what is no indicator, though feeds name it again and
// again: resolvers, content networks, names that everybody visits, certificate
// authorities. It reads a folder in the form of MISP's warning lists. It refuses to
// decide: it says which list holds an indicator and whether as a whole, and who asks
// draws the conclusion.
package warning
