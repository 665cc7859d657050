// Package flows is the verb flows: it lists flow records of any source that can be read,
// those that meet a filter, or adds them up. It judges nothing: what is conspicuous is
// analyze's to say.
package flows
