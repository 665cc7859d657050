package i18n

import "testing"

func TestBars(t *testing.T) {
	for _, tt := range []struct {
		want   string
		counts []uint16
	}{
		{"", nil},
		{"", []uint16{0, 0}},
		{"·█", []uint16{0, 3}},
		{"▁▄█", []uint16{1, 5, 10}},
		{"▁█", []uint16{1, 1<<16 - 1}},
	} {
		if got := Bars(tt.counts); got != tt.want {
			t.Errorf("Bars(%v) = %q, want %q", tt.counts, got, tt.want)
		}
	}
}
