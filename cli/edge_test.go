package cli_test

import (
	"encoding/json"
	"net/netip"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// written finds what may be an address.
var written = regexp.MustCompile(`[0-9a-fA-F]*:[0-9a-fA-F:.]*:[0-9a-fA-F:.]*|[0-9]+(?:[.-][0-9]+){3}`)

// leaks gives the addresses in text that are not known to be foreign.
func leaks(text string) (found []string) {
	for _, s := range written.FindAllString(text, -1) {
		for s != "" {
			a, err := netip.ParseAddr(strings.ReplaceAll(s, "-", "."))
			if err != nil {
				s = s[:len(s)-1]
				continue
			}
			if a = a.Unmap(); a.Is6() && a.As16()[0] == 0 {
				break // "::de" of a style sheet; the made network has no such address
			}
			if !netip.MustParsePrefix("198.51.100.0/24").Contains(a) && !netip.MustParsePrefix("2001:db8:f::/48").Contains(a) {
				found = append(found, s)
			}
			break
		}
	}
	return found
}

// TestInvariant06_AsEdgeShowsNoDomesticAddress: whatever the methods say about a
// network in which everything happens, no domestic or unknown address stands in it:
// not as an end, in a name, in a sentence or in evidence.
func TestInvariant06_AsEdgeShowsNoDomesticAddress(t *testing.T) {
	s := newStage(t)
	s.play()
	args := append([]string{"analyze", s.write(t), "--min-level", "low", "--as-edge",
		"--known-bad", s.file(t, "bad.txt", "198.51.100.77\n203.0.113.0/24\n192.0.2.44\n"),
		"--allow", s.file(t, "allow.toml", "[[allow]]\nsrc = \"203.0.113.16\"\nreason = \"203.0.113.16 is ours\"\nexpires = 2199-12-31\n")}, s.border(t)...)
	status, out, errs := run(t, append(args, "--json")...)
	if status != 1 {
		t.Fatalf("status %d: %s", status, errs)
	}
	var doc struct {
		Findings []struct {
			ID, Kind, Direction, Name string
		}
	}
	if err := json.Unmarshal([]byte(out), &doc); err != nil {
		t.Fatal(err)
	}
	kinds, named := map[string]int{}, 0
	for _, f := range doc.Findings {
		kinds[f.Kind]++
		if strings.Contains(f.Name, "domestic-") {
			named++
		}
		if f.Direction == "domestic" || f.Direction == "unknown" {
			t.Errorf("%s is a finding about %s", f.ID, f.Direction)
		}
	}
	t.Log(kinds)
	for _, k := range []string{"beacon", "scan", "dga", "dns-tunnel", "long-lived", "known-bad", "fan-in"} {
		if kinds[k] == 0 {
			t.Errorf("no %s: the test shows less than it says", k)
		}
	}
	if named == 0 {
		t.Error("no name that is an address: the test shows less than it says")
	}
	texts := map[string]string{"json": out}
	for _, lang := range []string{"en", "ja"} {
		_, texts["table "+lang], _ = run(t, append(args, "--lang", lang, "--top", "0")...)
	}
	for i := range doc.Findings {
		_, texts["explain "+doc.Findings[i].Kind], _ = run(t, append(args, "--explain", strconv.Itoa(i+1))...)
		if i == 8 {
			break
		}
	}
	files := []string{"report", "csv", "stix"}
	written := args
	for _, kind := range files {
		written = append(written, "--"+kind, s.dir+"/out."+kind)
	}
	if status, _, errs := run(t, written...); status != 1 {
		t.Errorf("status %d: %s", status, errs)
	}
	for _, kind := range files {
		text, err := os.ReadFile(s.dir + "/out." + kind)
		if err != nil || len(text) < 1000 {
			t.Errorf("%s: %d bytes, %v", kind, len(text), err)
		}
		texts[kind] = string(text)
	}
	for name, text := range texts {
		if found := leaks(text); len(found) > 0 {
			t.Errorf("%s shows %q", name, found)
		}
		if strings.Contains(text, "113.0.203.in-addr.arpa") {
			t.Errorf("%s shows an address as a name of the reverse tree", name)
		}
	}
	// The test bites: without the flag the same addresses show.
	if _, out, _ := run(t, append([]string{"analyze", s.write(t), "--min-level", "low", "--json"}, s.border(t)...)...); len(leaks(out)) == 0 {
		t.Error("nothing shows without --as-edge either")
	}
}

// TestEdgeIDsDoNotTellTheSource: with the ID of an unkeyed hash one could try all
// addresses of a country until the ID fits.
func TestEdgeIDsDoNotTellTheSource(t *testing.T) {
	s := newStage(t)
	for i := range 60 {
		s.conn(begin+600*float64(i)+5*s.rnd.Float64(), "203.0.113.5", "198.51.100.77", 4444, 0.5, "SF")
	}
	args := append([]string{"analyze", s.write(t), "--json"}, s.border(t)...)
	id := regexp.MustCompile(`"id": "[^"]+"`)
	_, plain, _ := run(t, args...)
	_, again, _ := run(t, args...)
	_, edge, _ := run(t, append(args, "--as-edge")...)
	_, other, _ := run(t, append(args, "--as-edge")...)
	p, e := id.FindString(plain), id.FindString(edge)
	if p == "" || p != id.FindString(again) || e == "" || e == p || e == id.FindString(other) {
		t.Errorf("plain %s, %s; as an edge %s, %s", p, id.FindString(again), e, id.FindString(other))
	}
}
