package spread

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

const (
	leastScore   = 0.25 // below it is not worth a line
	clusterScore = 0.70 // hardly anything failed
	mostSources  = 200  // named in one finding
	stripes      = 24
)

// ATT&CK techniques.
const (
	remoteExploit  = "T1210"
	remoteServices = "T1021"
)

// Findings gives one finding for each infection tree and each sudden administrator.
func (d *Detector) Findings(c *detect.Context) []detect.Finding {
	var out []detect.Finding
	in := map[*node]bool{}
	for _, t := range d.trees(c.First) {
		score := 1 - math.Exp(-t.nats)
		if t.failing < 0.05 {
			score = min(score, clusterScore)
		}
		if score < leastScore {
			continue
		}
		for _, n := range t.hosts {
			in[n] = true
		}
		out = append(out, d.treeFinding(&t, score))
	}
	for _, n := range d.nodes.All() {
		if score := d.lateral(n, c.First); score >= leastScore && !in[n] {
			out = append(out, lateralFinding(n, score))
		}
	}
	slices.SortStableFunc(out, func(a, b detect.Finding) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.First, b.First), slices.Compare(a.Src[:], b.Src[:]))
	})
	return out
}

func (d *Detector) treeFinding(t *tree, score float64) detect.Finding {
	infected := len(t.hosts) - 1
	last, tried, reached := t.root.last, int64(t.root.tried), 0.0
	first := t.root.outbreakAt
	if first == 0 {
		first = t.root.seen
	}
	for _, n := range t.hosts[1:] {
		last, tried, reached = max(last, n.last), tried+int64(n.tried), max(reached, count(n.targets[:]))
	}
	f := detect.Finding{
		Kind: detect.Spread, Score: score, Port: t.port, Proto: protoTCP, Class: t.hosts[1].class,
		First: first, Last: last, Count: tried, Attack: []string{remoteExploit, remoteServices},
		Sources: t.sources()[:min(len(t.hosts), mostSources)],
		Strip:   t.strip(first, last),
		Evidence: []detect.Fact{
			{Name: "shape", Value: "tree"},
			{Name: "port", Value: int64(t.port)},
			{Name: "generations", Value: int64(t.generations)},
			{Name: "infected_hosts", Value: int64(infected)},
			{Name: "root", Value: t.root.addr.String()},
			{Name: "widest_targets", Value: int64(math.Round(reached))},
			{Name: "failed_share", Value: math.Round(100*t.failing) / 100},
			{Name: "fastest_outbreak_s", Value: math.Round(float64(t.delay) / 1e9)},
		},
	}
	f.Why = i18n.Both("spread.why.tree",
		"root", t.root.addr.String(), "port", int(t.port), "infected", infected, "generations", t.generations,
		"targets", int64(math.Round(reached)), "failed", i18n.Share(math.Round(100*t.failing)/100),
		"delay", time.Duration(t.delay))
	return f
}

// strip counts the outbreaks over the tree's time.
func (t *tree) strip(first, last int64) []uint16 {
	s := make([]uint16, stripes)
	for _, n := range t.hosts {
		if n.outbreakAt != 0 && last > first {
			s[min(stripes-1, max(0, (n.outbreakAt-first)*stripes/(last-first)))]++
		}
	}
	return s
}

func lateralFinding(n *node, score float64) detect.Finding {
	return detect.Finding{
		Kind: detect.Spread, Score: score, Src: n.addr, Port: n.port, Proto: protoTCP, Class: n.class,
		First: n.peakAt, Last: n.last, Count: int64(n.peak), Attack: []string{remoteServices},
		Evidence: []detect.Fact{
			{Name: "shape", Value: "fan-out"},
			{Name: "port", Value: int64(n.port)},
			{Name: "new_sessions_in_hour", Value: int64(n.peak)},
			{Name: "past_most_in_hour", Value: int64(n.past)},
			{Name: "failed_share", Value: math.Round(100*n.failedShare()) / 100},
		},
		Why: i18n.Both("spread.why.lateral", "port", int(n.port), "sessions", int(n.peak), "past", int(n.past),
			"failed", i18n.Share(math.Round(100*n.failedShare())/100)),
	}
}
