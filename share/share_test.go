package share_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/share"
)

func TestParseMarking(t *testing.T) {
	for s, want := range map[string]string{"amber": "TLP:AMBER", "TLP:Red": "TLP:RED", "clear": "TLP:WHITE", "green": "TLP:GREEN"} {
		if m, ok := share.ParseMarking(s); !ok || m.String() != want {
			t.Errorf("ParseMarking(%q) = %v, %v; want %s", s, m, ok, want)
		}
	}
	for _, s := range []string{"", "purple", "TLP:", "amber+strict"} {
		if m, ok := share.ParseMarking(s); ok {
			t.Errorf("ParseMarking(%q) = %v", s, m)
		}
	}
}

func TestPublic(t *testing.T) {
	for text, want := range map[string]bool{
		"8.8.8.8": true, "10.0.0.1": false, "192.168.1.1": false, "127.0.0.1": false, "224.0.0.1": false, "169.254.1.1": false,
		"2606:4700::1": true, "fd00::1": false, "fe80::1": false, "::1": false, "domestic-0123456789ab": false, "": false,
	} {
		if got := share.Public(text); got != want {
			t.Errorf("Public(%q) = %v", text, got)
		}
	}
}

// TestWhoseFault: what is known of the other end decides what others are told.
func TestWhoseFault(t *testing.T) {
	for _, tt := range []struct {
		f                share.Finding
		attacks, unusual bool
	}{
		{share.Finding{Kind: detect.Beacon, Attack: []string{"T1071"}}, false, false},
		{share.Finding{Kind: detect.Scan}, true, false},
		{share.Finding{Kind: detect.OddVolume, Attack: []string{"T1041"}}, false, true},
		{share.Finding{Kind: detect.OddVolume, Attack: []string{"T1498.001"}}, true, false},
		{share.Finding{Kind: detect.OddHours}, false, true},
		{share.Finding{Kind: detect.LookAlike}, false, false},
	} {
		if tt.f.Attacks() != tt.attacks || tt.f.Unusual() != tt.unusual {
			t.Errorf("%s %v: attacks %v, unusual %v", tt.f.Kind, tt.f.Attack, tt.f.Attacks(), tt.f.Unusual())
		}
	}
}

// TestTellCoversEverywhere: nothing that holds an address or text of others goes
// past the cover.
func TestTellCoversEverywhere(t *testing.T) {
	a := flow.Addr4([4]byte{10, 0, 0, 1})
	f := detect.Finding{
		Src: a, Sources: []flow.Addr{a}, Dst: a, Name: "secret", Why: i18n.Text{JA: "secret", EN: "secret"}, Port: 443, Proto: 6,
		Evidence: []detect.Fact{{Name: "root", Value: "secret"}, {Name: "n", Value: int64(1)}},
	}
	past := detect.Past{More: 2, Sightings: []detect.Sighting{{Addr: a, Name: "secret"}, {Addr: a, Certificate: &detect.Certificate{Digest: "secret", Subject: "secret", Issuer: "secret"}}}}
	got := share.Tell(1, &f, past, share.Cover{
		Addr: func(flow.Addr) string { return "A" }, Text: func(string) string { return "T" }, ID: func(string) string { return "I" },
	})
	want := share.Finding{
		Rank: 1, ID: "I", Src: "A", Sources: []string{"A"}, Dst: "A", Name: "T", Why: i18n.Text{JA: "T", EN: "T"}, Port: 443, Proto: "tcp",
		Evidence: []detect.Fact{{Name: "root", Value: "T"}, {Name: "n", Value: int64(1)}}, PastMore: 2,
		Past: []share.Sighting{{Addr: "A", Name: "T"}, {Addr: "A", Name: "T", Certificate: &detect.Certificate{Digest: "T", Subject: "T", Issuer: "T"}}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if f.Evidence[0].Value != "secret" {
		t.Error("Tell changed the finding that it was given")
	}
}

// TestNarrowest: a report never bears a wider mark than a feed that it rests on.
func TestNarrowest(t *testing.T) {
	rests := func(mark string) share.Finding {
		return share.Finding{Evidence: []detect.Fact{{Name: "feed", Value: "CERT " + mark}, {Name: "feed_tlp", Value: mark}}}
	}
	for _, c := range []struct {
		asked share.Marking
		feeds []string
		want  share.Marking
		feed  string
	}{
		{share.White, nil, share.White, ""},
		{share.White, []string{"TLP:CLEAR"}, share.White, ""},
		{share.White, []string{"TLP:GREEN", "TLP:RED", "TLP:AMBER"}, share.Red, "CERT TLP:RED"},
		{share.Green, []string{"TLP:AMBER+STRICT"}, share.Red, "CERT TLP:AMBER+STRICT"},
		{share.Amber, []string{"TLP:GREEN"}, share.Amber, ""},
		{share.Red, []string{"TLP:RED"}, share.Red, ""},
	} {
		r := &share.Result{Marking: c.asked, Findings: []share.Finding{{}}}
		for _, f := range c.feeds {
			r.Findings = append(r.Findings, rests(f))
		}
		if m, feed := r.Narrowest(); m != c.want || feed != c.feed {
			t.Errorf("asked %s with %q: %s for %q, want %s for %q", c.asked, c.feeds, m, feed, c.want, c.feed)
		}
	}
}
