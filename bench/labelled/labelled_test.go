package labelled

import (
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/noroshi-acd/noroshi/bench/bed"
	"github.com/noroshi-acd/noroshi/bench/judge"
	"github.com/noroshi-acd/noroshi/detect/detecttest"
	"github.com/noroshi-acd/noroshi/flow"
)

// TestMain lets the test program be the child that runs commands.
func TestMain(m *testing.M) {
	if bed.Child(os.Args[1:], map[string]func([]string, io.Writer) error{}) {
		return
	}
	os.Exit(m.Run())
}

func docs(records uint64, all ...judge.Finding) []*judge.Document {
	return []*judge.Document{{Records: records, Findings: all}}
}

func TestChecks(t *testing.T) {
	c2 := func(f judge.Finding) judge.Finding {
		f.Src, f.Dst, f.Kind = "10.0.0.1", "192.0.2.1", "beacon"
		return f
	}
	noise := judge.Finding{Kind: "scan", Src: "10.0.0.1", Dst: "192.0.2.9", Level: "critical"}
	first := firstIs("10.0.0.1", "192.0.2.1")
	beacon := loud(func(f *judge.Finding) bool { return f.Kind == "beacon" })
	for _, c := range []struct {
		name  string
		check func([]*judge.Document) (bool, string)
		docs  []*judge.Document
		want  bool
	}{
		{"first", first, docs(1, c2(judge.Finding{Level: "high"}), noise), true},
		{"second", first, docs(1, noise, c2(judge.Finding{Level: "high"})), false},
		{"first but low", first, docs(1, c2(judge.Finding{Level: "medium"})), false},
		{"nothing", first, docs(1), false},
		{"loud", beacon, docs(1, noise, c2(judge.Finding{Level: "critical"})), true},
		{"not loud", beacon, docs(1, noise, c2(judge.Finding{Level: "medium"})), false},
		{"quiet", quiet, docs(20_000, judge.Finding{Src: "10.0.0.1", Level: "high"}), true},
		{"quiet about others", quiet, docs(20_000, judge.Finding{Src: "192.0.2.1", Level: "high"}, judge.Finding{Src: "192.0.2.2", Level: "high"}), true},
		{"two alerts", quiet, docs(20_000, judge.Finding{Src: "10.0.0.1", Level: "high"}, judge.Finding{Src: "147.32.1.1", Level: "high"}), false},
		{"quiet because unread", quiet, docs(3), false},
	} {
		if got, measured := c.check(c.docs); got != c.want || measured == "" {
			t.Errorf("%s: %v %q", c.name, got, measured)
		}
	}
}

// TestExpectationsCanFail: a command that finds nothing and reads nothing meets no
// expectation.
func TestExpectationsCanFail(t *testing.T) {
	for _, e := range expectations() {
		var none []*judge.Document
		for range e.paths {
			none = append(none, &judge.Document{})
		}
		if ok, _ := e.check(none); ok {
			t.Errorf("%s is met by nothing", e.what)
		}
	}
}

func TestBelow(t *testing.T) {
	src := detecttest.Home(1)
	for question, want := range map[string]bool{"zone.example": true, "a.zone.example": true, "ozone.example": false, "example": false, "": false} {
		var b flow.Batch
		b.Records = append(b.Records, flow.Record{Src: src, DNS: b.AddDNS(flow.DNS{Question: b.AddName([]byte(question))})})
		if got := below(&b, src, "zone.example"); got != want {
			t.Errorf("%q: %v", question, got)
		}
		if below(&b, detecttest.Home(2), "zone.example") {
			t.Errorf("%q: another host", question)
		}
	}
	if b := (flow.Batch{Records: []flow.Record{{Src: src}}}); below(&b, src, "zone.example") {
		t.Error("no question")
	}
}

func TestSure(t *testing.T) {
	split := func(s string) (all [][]byte) {
		for _, x := range strings.Fields(s) {
			all = append(all, []byte(x))
		}
		return all
	}
	made, honest := sure(split("xkqzvwjpqrtx.com qzxwvkjhtpb.net")), sure(split("garden-school.example wikipedia.org"))
	if made != 2 || honest != 0 {
		t.Errorf("%d of 2 generated, %d of 2 honest", made, honest)
	}
}

// TestSuspicious lets nDPI, where it is installed, judge two names.
func TestSuspicious(t *testing.T) {
	if _, err := exec.LookPath(ndpiReader); err != nil {
		t.Skip("ndpiReader is not installed")
	}
	b := &bed.Bed{Temp: t.TempDir()}
	n, version, err := suspicious(t.Context(), b, [][]byte{[]byte("xkqzvwjpqrtx.com"), []byte("qzxwvkjhtpb.net"), []byte("wikipedia.org")})
	if err != nil || n > 2 || version == "" {
		t.Errorf("%d, version %q, %v", n, version, err)
	}
}

func TestStillHigh(t *testing.T) {
	d := docs(9, judge.Finding{Kind: "scan", Src: "a", Dst: "b", Level: "low", Score: 0.2}, judge.Finding{Kind: "beacon", Src: "a", Dst: "b", Level: "high", Score: 0.8})[0]
	if ok, said := stillHigh(d, "a", "b"); !ok || !strings.Contains(said, "rank 2 of 2") {
		t.Errorf("%v %q", ok, said)
	}
	for _, c := range [][2]string{{"a", "c"}, {"b", "b"}} {
		if ok, _ := stillHigh(d, c[0], c[1]); ok {
			t.Errorf("%v was found", c)
		}
	}
}
