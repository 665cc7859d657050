// Package rulestest holds a second evaluator of rules, slow and obvious, and makes up
// rules, requests and histories by chance, for tests. The evaluator reads the papers'
// JSON as maps, tries one rule after the other and counts working days on its fingers;
// it shares no code with the one that it is held against. No rule here is law anywhere,
// and none of it reaches the product.
package rulestest
