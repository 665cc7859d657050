// Package detecttest makes small labelled streams for tests of detectors and tells
// after how many events a finding appears. It holds no real address but those of
// documentation and benchmarking ranges, and refuses to run outside tests.
package detecttest
