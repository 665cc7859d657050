// Package strip counts events in slices of time that widen as the time does, so that
// an hour and a year fit in as many. It keeps no single event.
package strip
