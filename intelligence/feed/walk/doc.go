// Package walk goes through a JSON document value by value, in memory that does not
// grow with the document, and knows at each value where it stands: line and path. It
// is for documents of strangers and refuses values that are too large or nested too
// deeply.
package walk
