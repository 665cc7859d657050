package fact

import "testing"

// TestWeakest: what rests on several facts is as sure as the least sure of them, in any
// order; what has no mark is uncertain.
func TestWeakest(t *testing.T) {
	for _, c := range []struct {
		marks []Mark
		want  Mark
	}{
		{nil, Uncertain}, {[]Mark{""}, Uncertain}, {[]Mark{Seen, ""}, Uncertain}, {[]Mark{Seen}, Seen}, {[]Mark{Seen, Quoted}, Quoted}, {[]Mark{Quoted, Seen}, Quoted},
		{[]Mark{Quoted, Remembered, Seen}, Remembered}, {[]Mark{Uncertain, Remembered}, Uncertain}, {[]Mark{Remembered, Uncertain}, Uncertain}, {[]Mark{"X", Seen}, Uncertain},
	} {
		if got := Weakest(c.marks...); got != c.want {
			t.Errorf("%q: %s, want %s", c.marks, got, c.want)
		}
	}
}
