package labelled

import (
	"cmp"
	"fmt"
	"net/netip"
	"strings"

	"github.com/noroshi-acd/noroshi/bench/judge"
)

// expected is one statement about a capture, from its publisher's labels.
type expected struct {
	what, asked, peer string
	paths             [][]string // each below the folder of the data, analysed one by one
	check             func(docs []*judge.Document) (ok bool, measured string)
}

// expectations lists them. The addresses and names are those of the published
// labels: READMEs and label files of zeek-labelled, the tests of RITA.
func expectations() []expected {
	zeek := func(set ...string) []string { return append([]string{"zeek-labelled"}, set...) }
	rita := func(set string) [][]string { return [][]string{{"rita-logs", "test_data", set}} }
	const noRITA = "RITA 5: none of 001, 003, 005 at high (quoted)"
	return []expected{
		{"001 (NjRAT): C2 at high and first for its host", "found", noRITA, [][]string{zeek("001-zeek-scenario-malicious", "conn.log")}, firstIs("192.168.1.115", "41.108.179.197")},
		{"003 (Android RAT): C2 at high and first for its host", "found", noRITA, [][]string{zeek("003-zeek-scenario-malicious")}, firstIs("10.8.0.61", "147.32.83.234")},
		{"005 (Simda): a C2 endpoint at high", "found", noRITA, [][]string{zeek("005-zeek-scenario-malicious")}, loud(func(f *judge.Finding) bool {
			return f.Src == "192.168.1.116" && (f.Dst == "23.253.126.58" || f.Dst == "104.239.157.210")
		})},
		{"005 (Simda): its generated names seen on its host", "found", "", [][]string{zeek("005-zeek-scenario-malicious")}, loud(func(f *judge.Finding) bool {
			return f.Kind == "dga" && (f.Src == "192.168.1.116" || strings.HasPrefix(f.Src, "fd77:"))
		})},
		{"008 and 010: alerts at high about the benign hosts' own traffic", "≤ 1", "RITA 5: 7 on four such days (quoted)", [][]string{zeek("008-zeek-mixed", "data"), zeek("010-zeek-mixed", "data")}, quiet},
		{"002: the port scan at high", "found", "", [][]string{zeek("002-zeek-scenario-port-scanning")}, loud(func(f *judge.Finding) bool { return f.Kind == "scan" })},
		{"rita-logs proxy: the asserted beacon by name at high", "found", "RITA 5: beacon score 0.979 (quoted)", rita("proxy"), loud(func(f *judge.Finding) bool { return f.Name == "www.honestimnotevil.com" })},
		{"rita-logs missing_host: the asserted beacon at high", "found", "RITA 5: beacon score 0.963 (quoted)", rita("missing_host"), asserted("beacon")},
		{"rita-logs missing_host: the asserted long connection (75 h) at high", "found", "RITA 5: found (quoted)", rita("missing_host"), asserted("long-lived")},
	}
}

// describe writes a finding in a few words.
func describe(f *judge.Finding) string {
	if f == nil {
		return "nothing about it"
	}
	return fmt.Sprintf("%s to %s at %s (%.2f)", f.Kind, cmp.Or(f.Name, f.Dst, "many"), f.Level, f.Score)
}

// asserted looks for a finding of kind about the pair that RITA's tests assert.
func asserted(kind string) func([]*judge.Document) (bool, string) {
	return loud(func(f *judge.Finding) bool {
		return f.Kind == kind && f.Src == "73.54.23.243" && f.Dst == "64.225.56.201"
	})
}

func firstIs(host, c2 string) func([]*judge.Document) (bool, string) {
	return func(docs []*judge.Document) (bool, string) {
		f := docs[0].First(host)
		return f != nil && f.Dst == c2 && f.Loud(), describe(f)
	}
}

func loud(is func(*judge.Finding) bool) func([]*judge.Document) (bool, string) {
	return func(docs []*judge.Document) (bool, string) {
		for _, d := range docs {
			for rank, f := range d.Findings {
				if is(&f) && f.Loud() {
					return true, fmt.Sprintf("%s, rank %d", describe(&f), rank+1)
				}
			}
		}
		return false, "not at high"
	}
}

// quiet counts the alerts about hosts of the benign network: private sources, and
// those of its public prefix.
func quiet(docs []*judge.Document) (bool, string) {
	alerts, records := 0, uint64(0)
	var named []string
	for _, d := range docs {
		records += d.Records
		for _, f := range d.Loud() {
			if a, err := netip.ParseAddr(f.Src); err == nil && a.IsPrivate() || strings.HasPrefix(f.Src, "147.32.") {
				alerts++
				named = append(named, describe(&f))
			}
		}
	}
	if records < 10_000 {
		return false, fmt.Sprintf("only %d records were read", records)
	}
	return alerts <= 1, strings.Join(append([]string{fmt.Sprintf("%d on %d records", alerts, records)}, named...), "; ")
}
