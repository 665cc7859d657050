// Package timeline counts events over a span of time that grows, in a few slices of
// fixed number. It refuses to keep the times themselves.
package timeline
