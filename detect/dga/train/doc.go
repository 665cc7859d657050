// Command train learns the name model of detect/dga/lexical again from lists of
// names that its user has fetched: a manifest says which file holds names of which
// family or of honest owners. It leaves out every name of the files given as -exclude,
// by exact match and without looking at labels, keeps a tenth of each list back to
// measure, and is deterministic: same lists, same model. It refuses to ship or
// fetch any list.
package main
