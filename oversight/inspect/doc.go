// Package inspect looks into a log without anybody's help: it lists what is recorded,
// draws a sample by a commitment and the tree that ends with it, opens each entry of it, and
// does decisions again from their votes. It is the one place that judges so: the verbs of
// inspectors ask it.
//
// It refuses to pass over what it could not open: that is a finding too. It believes
// nothing that the log's keeper says beside the log, and changes nothing.
package inspect
