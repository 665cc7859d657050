package pairs

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/flow"
)

func small(seed uint64) order {
	return order{seed: seed, Size: Size{Records: 60_000, Pairs: 8_000, Hosts: 400, Servers: 3_000, Planted: 10}}
}

// TestStream: time never runs back, every pair speaks in every lap, the same seed
// makes the same stream.
func TestStream(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	p, err := prepare(small(seed))
	if err != nil {
		t.Fatal(err)
	}
	type pair struct {
		src flow.Addr
		dst flow.Addr
	}
	all := map[pair]int{}
	var b flow.Batch
	last, n, sum := int64(0), 0, uint64(0)
	for s := p.stream(); s.fill(&b); {
		for i := range b.Records {
			r := &b.Records[i]
			if r.First < last || r.Last < r.First {
				t.Fatalf("record %d begins at %d after %d and ends at %d", n, r.First, last, r.Last)
			}
			last = r.First
			to := r.Dst
			if d := b.DNSOf(r); d != nil && d.Answers.From < d.Answers.To {
				to = b.Answers[d.Answers.From].Addr
			}
			all[pair{r.Src, to}]++
			n++
			sum += r.SrcBytes
		}
	}
	if n != 60_000+len(p.events) {
		t.Errorf("%d records", n)
	}
	silent := 0
	for i := range p.world.to {
		if all[pair{p.world.hosts[p.world.from[i]], p.world.servers[p.world.to[i]].addr}] < laps-1 {
			silent++
		}
	}
	if silent > 0 {
		t.Errorf("%d of %d pairs fall silent", silent, len(p.world.to))
	}
	again := uint64(0)
	for s := p.stream(); s.fill(&b); {
		for i := range b.Records {
			again += b.Records[i].SrcBytes
		}
	}
	if again != sum {
		t.Error("the same seed made another stream")
	}
}

// TestMeasure: the child reports, and nearly all that was planted is found in a
// stream so small that nothing has to give way.
func TestMeasure(t *testing.T) {
	seed := rand.Uint64N(1 << 30)
	t.Logf("seed %d", seed)
	o := small(seed)
	var out bytes.Buffer
	if err := Measure(o.args(), &out); err != nil {
		t.Fatal(err)
	}
	var r result
	if err := json.Unmarshal(out.Bytes(), &r); err != nil || r.Records < 60_000 || r.Pairs != 8_000 || r.Wall <= 0 || r.RSS == 0 {
		t.Fatalf("%+v %v", r, err)
	}
	for _, x := range r.Tallies {
		if x.Kind == string(detect.Beacon) && x.Medium < 8 {
			t.Errorf("%d of %d command servers at medium", x.Medium, x.Planted)
		}
	}
	if err := Measure([]string{"-no-such-flag"}, &out); err == nil {
		t.Error("a flag that is none was taken")
	}
}

// TestNfcapd: nfdump reads as many flows, packets and octets as were written.
func TestNfcapd(t *testing.T) {
	nfdump, err := exec.LookPath("nfdump")
	if err != nil {
		t.Skip("nfdump is not here")
	}
	o := small(7)
	o.to = filepath.Join(t.TempDir(), "flows")
	var out bytes.Buffer
	if err := Write(o.args(), &out); err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(strings.TrimSpace(out.String()))
	if err != nil {
		t.Fatal(err)
	}
	said, err := exec.Command(nfdump, "-r", o.to, "-o", "null").CombinedOutput()
	if err != nil || !strings.Contains(string(said), "passed: "+strconv.Itoa(n)+",") {
		t.Errorf("%d flows were written; nfdump says %s %v", n, said, err)
	}
}
