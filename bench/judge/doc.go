// Package judge compares what `noroshi analyze --json` found with what was planted:
// precision and recall at a level, by class, pooled over several days. It refuses to
// know a detector: it sees the public document and the truth, nothing else.
package judge
