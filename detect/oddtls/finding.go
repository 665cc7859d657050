package oddtls

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// Bounds of scores; docs/spec/odd-tls.md holds the reasoning.
const (
	prior      = -4.2
	worthScore = 0.2
	oneKind    = 0.45 // at most, with one kind of sign
	twoKinds   = 0.7  // with two
	manyOdd    = 6    // odd servers of one machine from which it is a program's way
)

// Findings weighs every pair. It changes no state.
func (d *Detector) Findings(ctx *detect.Context) []detect.Finding {
	var odd []judged
	servers := map[flow.Addr]map[flow.Addr]bool{}
	for _, p := range d.pairs.All() {
		j := d.judge(ctx, p)
		if len(j.signs) == 0 {
			continue
		}
		odd = append(odd, j)
		if j.c != nil && (j.c.selfSigned || j.rareSign || p.fit == fitNo) {
			if servers[p.src] == nil {
				servers[p.src] = map[flow.Addr]bool{}
			}
			servers[p.src][p.dst] = true
		}
	}
	var out []detect.Finding
	for i := range odd {
		j := &odd[i]
		j.peers = len(servers[j.p.src])
		if s := j.score(); s >= worthScore {
			out = append(out, j.finding(ctx, s))
		}
	}
	slices.SortFunc(out, func(a, b detect.Finding) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.ID(), b.ID()))
	})
	return out
}

// score gives the calibrated probability.
func (j *judged) score() float64 {
	w := prior + j.against
	for _, s := range j.signs {
		w += s.weight
	}
	if j.peers >= manyOdd {
		w -= 2.5
	}
	score := 1 / (1 + math.Exp(-w))
	switch j.kinds() {
	case 0, 1:
		return min(score, oneKind)
	case 2:
		return min(score, twoKinds)
	}
	return score
}

// finding words one pair.
func (j *judged) finding(ctx *detect.Context, score float64) detect.Finding {
	p := j.p
	f := detect.Finding{
		Kind: detect.OddTLS, Score: score, Src: p.src, Dst: p.dst, Port: p.port, Proto: 6, Name: j.name, Class: p.class,
		First: p.first, Last: p.last, Count: int64(p.count), Attack: j.techniques(), Strip: p.line.Strip(p.first, p.last),
	}
	keys := make([]string, len(j.signs))
	for i, s := range j.signs {
		keys[i] = s.key
	}
	f.Evidence = []detect.Fact{
		{Name: "signs", Value: strings.Join(keys, " ")}, {Name: "sign_kinds", Value: int64(j.kinds())},
		{Name: "handshakes", Value: int64(p.count)}, {Name: "hosts_to_dst", Value: int64(j.hosts)}, {Name: "odd_servers", Value: int64(j.peers)},
	}
	if p.version != 0 {
		f.Evidence = append(f.Evidence, detect.Fact{Name: "tls_version", Value: versionText(p.version)})
	}
	if c := j.c; c != nil {
		f.Evidence = append(f.Evidence, detect.Fact{Name: "subject", Value: c.subject}, detect.Fact{Name: "issuer", Value: c.issuer})
		if c.notBefore != 0 && c.notAfter != 0 {
			f.Evidence = append(f.Evidence, detect.Fact{Name: "valid_days", Value: detect.Round3(float64(c.notAfter-c.notBefore) / float64(day))},
				detect.Fact{Name: "certificate_age_days", Value: detect.Round3(float64(p.first-c.notBefore) / float64(day))})
		}
	}
	f.Why = j.why(ctx)
	return f
}

// techniques gives the ATT&CK numbers that fit what was seen.
func (j *judged) techniques() []string {
	if !usual(j.p.port) {
		return []string{"T1573.002", "T1571"}
	}
	return []string{"T1573.002"}
}

func versionText(v uint16) string {
	switch v {
	case 0x0304:
		return "TLS 1.3"
	case 0x0303:
		return "TLS 1.2"
	case 0x0302:
		return "TLS 1.1"
	case 0x0301:
		return "TLS 1.0"
	case 0x0300:
		return "SSL 3.0"
	}
	return fmt.Sprintf("0x%04x", v)
}

// why says the finding in one plain sentence and what supports it.
func (j *judged) why(ctx *detect.Context) i18n.Text {
	to := j.name
	if to == "" {
		to = j.p.dst.String()
	}
	text := i18n.Both("oddtls.why.one", "src", j.p.src.String(), "dst", to, "port", int(j.p.port))
	add := func(key string, args ...any) {
		t := i18n.Both(key, args...)
		text.JA += t.JA
		text.EN += " " + t.EN
	}
	for _, s := range j.signs {
		add("oddtls.sign." + s.key)
	}
	if ctx.Hosts >= population && j.hosts <= 1 {
		add("oddtls.why.alone", "hosts", ctx.Hosts-1)
	}
	if j.peers >= manyOdd {
		add("oddtls.why.peers", "n", j.peers)
	}
	return text
}
