package dga_test

import (
	"fmt"
	"testing"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/detect/detecttest"
	"github.com/noroshi-acd/noroshi/detect/dga"
)

// TestEndpoint: contacts under made-up names point to the server; a host of many
// honest sites does not.
func TestEndpoint(t *testing.T) {
	r := detecttest.Rand(t, 0)
	for _, c := range []struct {
		title string
		name  func(i int) string
		want  detect.Level
	}{
		{"made up", func(int) string {
			b := make([]byte, 14)
			for i := range b {
				b[i] = "bcdfghjklmnpqrstvwxz"[r.IntN(20)]
			}
			return string(b) + ".com"
		}, detect.High},
		{"shared host of shops", func(i int) string {
			return []string{"garden", "coffee", "bicycle", "music", "camera", "flower", "bakery", "travel"}[i%8] + fmt.Sprintf("%s.com", []string{"shop", "house", "world", "store"}[i/8%4])
		}, detect.Low},
	} {
		t.Run(c.title, func(t *testing.T) {
			left := detect.NewEngine(detect.DefaultConfig(), detecttest.Border{}, dga.New(dga.DefaultConfig()))
			right := detect.NewEngine(detect.DefaultConfig(), detecttest.Border{}, dga.New(dga.DefaultConfig()))
			for half, e := range []*detect.Engine{left, right} {
				var stream []detecttest.Exchange
				for i := range 10 {
					stream = append(stream, detecttest.Exchange{At: float64(half*100 + i), Src: detecttest.Home(1), Dst: detecttest.Abroad(1), Port: 80, Name: c.name(half*10 + i), Out: 300, In: 200})
				}
				detecttest.Play(e, stream, nil)
			}
			left.Merge(right)
			level := detect.Low
			for _, f := range left.Findings() {
				if f.Dst == detecttest.Abroad(1) {
					level = max(level, detect.LevelOf(f.Score))
					if f.Count < 12 || f.Last-f.First < 100e9 { // chance can make a name that looks honest
						t.Errorf("count %d, span %d s: the halves were not joined", f.Count, (f.Last-f.First)/1e9)
					}
				}
			}
			if c.want == detect.Low && level > c.want || c.want > detect.Low && level < c.want {
				t.Errorf("level %v, want %v", level, c.want)
			}
		})
	}
}
