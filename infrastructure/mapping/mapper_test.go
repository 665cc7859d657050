package mapping_test

import (
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/detect/detecttest"
	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/infrastructure"
	"github.com/noroshi-acd/noroshi/infrastructure/mapping"
)

var (
	command = detecttest.Abroad(30001)
	relays  = []flow.Addr{detecttest.Abroad(30002), detecttest.Abroad(30003), detecttest.Abroad(30004)}
	popular = detecttest.Abroad(30900)
)

// stream is a small botnet of one C2, three relays and twelve bots; all use one more
// service.
func stream(r *rand.Rand) []detecttest.Exchange {
	var all []detecttest.Exchange
	for h := range 60 {
		all = append(all, detecttest.Beacon(r, detecttest.Home(h), popular, 700, 0.1, 40)...)
	}
	for b := range 12 {
		for k := range 2 {
			for _, x := range detecttest.Beacon(r, detecttest.Home(b), relays[(b+k)%3], 600, 0.2, 60) {
				x.Port = 8443
				y := x
				y.Src, y.Dst, y.At, y.Out = x.Dst, command, x.At+0.4, x.Out+30
				all = append(all, x, y)
			}
		}
	}
	return all
}

func c2s(g *infrastructure.Graph) []string {
	var all []string
	for _, n := range g.Nodes {
		if n.Tier == infrastructure.C2 {
			all = append(all, n.ID)
		}
	}
	return all
}

// TestSecondReadingOnlyWhenCalledFor: the records are read again when a machine of a
// finding was seen on both sides, and only then.
func TestSecondReadingOnlyWhenCalledFor(t *testing.T) {
	all := stream(detecttest.Rand(t, 5))
	play := func(d detect.Detector) *detect.Context {
		e := detect.NewEngine(detect.DefaultConfig(), detecttest.Border{}, d)
		detecttest.Play(e, all, nil)
		return e.Context()
	}
	finding := func(dst flow.Addr, score float64) []detect.Finding {
		return []detect.Finding{{Kind: detect.Beacon, Score: score, Src: detecttest.Home(0), Dst: dst, Count: 60, First: 1, Last: 2}}
	}
	for _, tt := range []struct {
		name     string
		found    []detect.Finding
		reads    int
		c2s      []string
		machines int
	}{
		{"relay", finding(relays[0], 0.9), 1, []string{command.String()}, 16},
		{"server that turns to nobody", finding(popular, 0.9), 0, []string{popular.String()}, 2},
		{"medium", finding(relays[0], 0.6), 0, nil, 0},
		{"nothing", nil, 0, nil, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := mapping.New(infrastructure.DefaultConfig(), nil)
			ctx, reads := play(m.Detector()), 0
			g, err := m.Map(ctx, tt.found, func(d detect.Detector) (*detect.Context, error) {
				reads++
				return play(d), nil
			})
			if err != nil || reads != tt.reads || len(g.Nodes) != tt.machines {
				t.Errorf("%v, %d readings, %d nodes", err, reads, len(g.Nodes))
			}
			if d := cmp.Diff(tt.c2s, c2s(g)); d != "" {
				t.Errorf("-want +got\n%s", d)
			}
		})
	}
	m := mapping.New(infrastructure.DefaultConfig(), nil)
	ctx := play(m.Detector())
	broken := errors.New("gone")
	if _, err := m.Map(ctx, finding(relays[0], 0.9), func(detect.Detector) (*detect.Context, error) { return nil, broken }); !errors.Is(err, broken) {
		t.Errorf("error %v", err)
	}
	if g, err := m.Map(ctx, finding(relays[0], 0.9), nil); err != nil || len(g.Nodes) != 2 || len(g.Edges) != 1 || g.Edges[0].Count != 60 {
		t.Errorf("read but once: %+v %v", g, err)
	}
}
