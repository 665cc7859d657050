package delay

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"

	"github.com/noroshi-acd/noroshi/bench/bed"
	"github.com/noroshi-acd/noroshi/bench/report"
	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/detect/detecttest"
	"github.com/noroshi-acd/noroshi/detect/knownbad"
	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/internal/fault"
)

// perKind is how many indicators of each kind the made-up list has, nets how many
// prefixes.
const (
	perKind = 1000
	nets    = 250
)

// The list: addresses and prefixes abroad that no site of the office has, names,
// certificates.
func listedAddr(i int) flow.Addr { return detecttest.Abroad(20_000 + i) }
func listedNet(i int) flow.Addr  { return flow.Addr4([4]byte{198, 19, byte(i % nets), 77}) } // of a /24
func listedName(i int) string    { return fmt.Sprintf("bad%d.example", i) }
func listedCert(i int) string    { return fmt.Sprintf("%064x", 0x9e3779b97f4a7c15*uint64(i+1)) }

func list() string {
	var b strings.Builder
	for i := range perKind {
		fmt.Fprintf(&b, "%s\n%s\n%s\n", listedAddr(i), listedName(i), listedCert(i))
		if i < nets {
			fmt.Fprintf(&b, "%s0/24\n", strings.TrimSuffix(listedNet(i).String(), "77"))
		}
	}
	return b.String()
}

// listed is a first contact with something on the list: by address, prefix, name
// shown, certificate, or a name looked up and then called.
func listed(r *rand.Rand) play {
	src, dst := victim(r)
	p := play{kind: detect.KnownBad, src: src}
	i, at := r.IntN(perKind), begin(r)
	e := event{planted: true, Exchange: detecttest.Exchange{At: at, Src: src, Dst: detecttest.Abroad(50_000 + r.IntN(9000)), Port: 443, Out: 900, In: 4000}}
	switch r.IntN(5) {
	case 0:
		e.Dst = listedAddr(i)
	case 1:
		e.Dst = listedNet(i)
	case 2:
		e.Name = "cdn." + listedName(i)
	case 3:
		e.digest = listedCert(i)
	default:
		asked := asking(at-0.05, src, listedName(i), 1, 0)
		asked.answer, e.Dst = dst, dst
		p.events = append(p.events, asked)
	}
	p.events = append(p.events, e)
	return p
}

// knownBad is the figure of first contacts.
func knownBad(b *bed.Bed, n int) (report.Figure, error) {
	path := filepath.Join(b.Temp, "bad.txt")
	if err := os.WriteFile(path, []byte(list()), 0o600); err != nil {
		return report.Figure{}, err
	}
	set, err := knownbad.LoadLists([]string{path}, &fault.Skips{Strict: true})
	if err != nil {
		return report.Figure{}, err
	}
	r := b.Rand("delay listed")
	var all []outcome
	for range n {
		p := listed(r)
		p.more = append(p.more, knownbad.New(knownbad.DefaultConfig(), set))
		all = append(all, run(r, p))
	}
	return listedFigure(all), nil
}

func listedFigure(all []outcome) report.Figure {
	within := 0
	for _, o := range all {
		if o.after > 0 && o.seconds <= 1 {
			within++
		}
	}
	median, worst, middle := ranked(all, func(o outcome) float64 { return float64(o.after) })
	_, slowest, _ := ranked(all, func(o outcome) float64 { return o.seconds })
	return report.Figure{
		What: "time to detect: contact with something on a list", Asked: "≤ 1 s of stream time",
		Measured: fmt.Sprintf("median record %s, worst record %s; worst %s s after the first; %d of %d within", median, worst, slowest, within, len(all)),
		Peer:     "RITA 5: at the next hourly import (quoted)", Verdict: report.Judge(within == len(all)),
		Values: map[string]float64{"median_records": middle, "share_within": float64(within) / float64(len(all))},
	}
}
