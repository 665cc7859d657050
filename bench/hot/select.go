package hot

import (
	"crypto/aes"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"syscall"
	"testing"

	"github.com/noroshi-acd/noroshi/bench/report"
	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/pseudonym"
	"github.com/noroshi-acd/noroshi/selection"
	"github.com/noroshi-acd/noroshi/selection/set"
)

// cpu is what this process has used, user and system, ns; 0 where it cannot be known.
func cpu() int64 {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return u.Utime.Nano() + u.Stime.Nano()
}

// each measures f by the processor time of one call, ns.
func each(f func(i int)) float64 {
	var ns float64
	testing.Benchmark(func(b *testing.B) {
		before := cpu()
		for i := range b.N {
			f(i)
		}
		ns = float64(cpu()-before) / float64(max(1, b.N))
	})
	return ns
}

// pseudonyms measures one address, beside one bare block of AES in the same run.
func pseudonyms(s *report.Section, r *rand.Rand) error {
	addrs := make([]flow.Addr, 1<<12)
	for i := range addrs {
		addrs[i] = four(r)
	}
	block, err := aes.NewCipher([]byte("0123456789abcdef"))
	if err != nil {
		return err
	}
	key := pseudonym.Draw()
	defer key.Wipe()
	bare := each(func(i int) { a := &addrs[i&(1<<12-1)]; block.Encrypt(a[:], a[:]) })
	ns := each(func(i int) { key.Seal(&addrs[i&(1<<12-1)]) })
	s.Add(report.Figure{What: "pseudonym of one address", Measured: fmt.Sprintf("%.1f ns", ns), Peer: fmt.Sprintf("one bare block of AES-128: %.1f ns (same run)", bare),
		Verdict: report.Shown, Values: map[string]float64{"ns": ns, "peer_ns": bare}})
	return nil
}

func four(r *rand.Rand) flow.Addr {
	return flow.Addr4([4]byte{byte(r.IntN(223) + 1), byte(r.Uint32()), byte(r.Uint32()), byte(r.Uint32())})
}

// selecting measures the same records against few and many selectors; nearly all meet
// none, as on a link.
func selecting(s *report.Section, r *rand.Rand, most int) error {
	batch := &flow.Batch{}
	for i := range 1 << 12 {
		rec := flow.Record{Src: four(r), Dst: four(r), SrcPort: uint16(r.Uint32()), DstPort: 443, Proto: 6}
		if i%2 == 0 {
			rec.TLS = batch.AddTLS(flow.TLS{SNI: batch.AddName(fmt.Appendf(nil, "www%d.zone%d.example", i, r.IntN(1000)))})
		}
		batch.Records = append(batch.Records, rec)
	}
	few := 0.0
	for _, n := range []int{10, 100_000, most} {
		m, err := selectors(r, n)
		if err != nil {
			return err
		}
		hand := new(selection.Hand)
		ns := each(func(i int) { m.Match(hand, batch, &batch.Records[i&(1<<12-1)], 0, 1) })
		if n == 10 {
			few = ns
		}
		s.Add(report.Figure{What: fmt.Sprintf("one record against %d selectors", n), Measured: fmt.Sprintf("%.0f ns, %d bytes a selector", ns, m.Size()/n),
			Peer: fmt.Sprintf("against 10: %.0f ns (same run)", few), Verdict: report.Shown, Values: map[string]float64{"ns": ns, "bytes": float64(m.Size() / n)}})
	}
	return nil
}

// selectors compiles n of them: half addresses, a tenth prefixes, the rest names and
// names with all below.
func selectors(r *rand.Rand, n int) (*selection.Matcher, error) {
	b := selection.NewBuilder(1, "")
	for i := range n {
		t := set.Term{Field: set.Address, Value: four(r).String()}
		switch i % 10 {
		case 5:
			p, _ := netip.MustParseAddr(t.Value).Prefix(24)
			t.Value = p.String()
		case 6, 7:
			t = set.Term{Field: set.Name, Value: fmt.Sprintf("h%d.zone%d.example", r.Uint32(), r.IntN(1000))}
		case 8, 9:
			t = set.Term{Field: set.Name, Value: fmt.Sprintf("*.zone%d.test", r.Uint32())}
		}
		if err := b.Add(&set.Selector{ID: set.ID(i + 1), Expires: 1 << 40, Terms: []set.Term{t}}); err != nil {
			return nil, err
		}
	}
	return b.Done(), nil
}
