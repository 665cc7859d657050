// Package spans keeps runs of entries that are not opened, until something accounts for
// them. It refuses nothing and judges nothing: whoever adds to it does so in rising order.
package spans
