package scan

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// Scores of scanners abroad: the noise of the Internet, constant and known.
const (
	outsideScore  = 0.30 // nobody answered them
	answeredScore = 0.60 // many did
	manyAnswers   = 5
	leastScore    = 0.25 // below it is not worth a line
	mostSources   = 200  // named in one finding about scanners abroad
)

// ATT&CK techniques.
const (
	serviceDiscovery = "T1046"
	systemDiscovery  = "T1018"
	activeScanning   = "T1595.001"
)

// Findings gives one finding for each source inside that scans, and for scanners
// abroad one for each thing they look for.
func (d *Detector) Findings(*detect.Context) []detect.Finding {
	var out []detect.Finding
	for _, s := range d.inside.All() {
		if v := s.verdict(); v.score >= leastScore {
			out = append(out, d.finding(s, &v))
		}
	}
	return append(out, d.abroad()...)
}

// verdict is the worst of this window and those before.
func (s *source) verdict() verdict { return worse(s.judge(), s.best) }

func (d *Detector) finding(s *source, v *verdict) detect.Finding {
	f := detect.Finding{
		Kind: detect.Scan, Score: float64(v.score), Src: s.addr, Class: s.class,
		First: v.first, Last: v.last, Count: int64(s.tries),
		Attack: []string{serviceDiscovery},
	}
	switch v.mode {
	case vertical:
		f.Dst = v.dst
	case horizontal:
		f.Proto = v.service.proto
		if v.service.proto == protoTCP || v.service.proto == protoUDP {
			f.Port = v.service.port
		} else {
			f.Attack = []string{systemDiscovery}
		}
	}
	if !s.inside {
		f.Attack = []string{activeScanning}
	}
	if v.first == s.first {
		f.Strip = d.strip(s)
	}
	f.Evidence = []detect.Fact{
		{Name: "shape", Value: v.mode.String()},
		{Name: "targets", Value: int64(v.targets)},
		{Name: "services", Value: int64(v.services)},
		{Name: "probes", Value: int64(v.probes)},
		{Name: "answered", Value: int64(v.answered)},
		{Name: "failed_share", Value: failedShare(v)},
		{Name: "walk", Value: math.Round(float64(v.walk)*10) / 10},
		{Name: "duration_s", Value: float64((f.Last - f.First) / 1e9)},
	}
	f.Why = i18n.Both("scan.why."+whyKey(v),
		"targets", int64(v.targets), "services", int64(v.services), "probes", int64(v.probes),
		"failed", i18n.Share(failedShare(v)), "during", time.Duration(f.Last-f.First),
		"target", v.dst.String(), "service", v.service.String())
	return f
}

func whyKey(v *verdict) string {
	if v.mode == horizontal && v.service.proto != protoTCP && v.service.proto != protoUDP {
		return "sweep"
	}
	return v.mode.String()
}

func failedShare(v *verdict) float64 {
	return math.Round(100*float64(v.probes)/float64(max(1, v.probes+v.answered))) / 100
}

// String writes s as people do: 445/tcp.
func (s service) String() string {
	switch s.proto {
	case protoTCP:
		return strconv.Itoa(int(s.port)) + "/tcp"
	case protoUDP:
		return strconv.Itoa(int(s.port)) + "/udp"
	case protoICMP, protoICMPv6:
		return "icmp"
	}
	return strconv.Itoa(int(s.port)) + "/" + strconv.Itoa(int(s.proto))
}

// strip gives the part of the window's strip that has happened.
func (d *Detector) strip(s *source) []uint16 {
	last := int((s.last - s.first) * stripes / int64(d.cfg.Window))
	return append([]uint16(nil), s.strip[:min(max(last, 0), stripes-1)+1]...)
}

// quest is what scanners abroad have in common.
type quest struct {
	service service
	mode    mode
}

// group is the scanners abroad with one quest.
type group struct {
	quest
	sources     []*source
	probes      int64
	answered    int64
	first, last int64
}

// abroad groups scanners of the other side by what they look for. One that many
// of ours answered speaks for itself.
func (d *Detector) abroad() []detect.Finding {
	groups := map[quest]*group{}
	var out []detect.Finding
	for _, s := range d.outside.All() {
		v := s.verdict()
		if v.score < leastScore {
			continue
		}
		if s.okTargets.Count() >= manyAnswers && v.answered*10 >= v.probes {
			v.score = min(v.score, answeredScore)
			out = append(out, d.finding(s, &v))
			continue
		}
		q := quest{v.service, v.mode}
		g := groups[q]
		if g == nil {
			g = &group{quest: q, first: s.began}
			groups[q] = g
		}
		g.sources = append(g.sources, s)
		g.probes += int64(s.tries)
		g.answered += int64(s.answered)
		g.first, g.last = min(g.first, s.began), max(g.last, s.last)
	}
	for _, g := range groups {
		out = append(out, g.finding())
	}
	slices.SortFunc(out, func(a, b detect.Finding) int {
		return cmp.Or(-cmp.Compare(a.Count, b.Count), cmp.Compare(a.Proto, b.Proto), cmp.Compare(a.Port, b.Port), slices.Compare(a.Src[:], b.Src[:]))
	})
	return out
}

func (g *group) finding() detect.Finding {
	f := detect.Finding{
		Kind: detect.Scan, Score: outsideScore, Class: g.sources[0].class, First: g.first, Last: g.last, Count: g.probes,
		Attack: []string{activeScanning},
		Evidence: []detect.Fact{
			{Name: "shape", Value: g.mode.String()},
			{Name: "scanners", Value: int64(len(g.sources))},
			{Name: "probes", Value: g.probes},
			{Name: "answered", Value: g.answered},
		},
	}
	what := i18n.Both("scan.quest."+g.mode.String(), "service", g.service.String())
	if g.mode == horizontal && (g.service.proto == protoTCP || g.service.proto == protoUDP) {
		f.Port, f.Proto = g.service.port, g.service.proto
	}
	f.Why = i18n.Both("scan.why.abroad", "scanners", len(g.sources), "probes", g.probes, "answered", g.answered, "quest", what)
	slices.SortFunc(g.sources, func(a, b *source) int {
		return cmp.Or(-cmp.Compare(a.tries, b.tries), slices.Compare(a.addr[:], b.addr[:]))
	})
	if len(g.sources) == 1 {
		f.Src = g.sources[0].addr
		return f
	}
	f.Sources = make([]flow.Addr, 0, min(len(g.sources), mostSources))
	for _, s := range g.sources[:min(len(g.sources), mostSources)] {
		f.Sources = append(f.Sources, s.addr)
	}
	return f
}
