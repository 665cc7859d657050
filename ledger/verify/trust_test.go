package verify_test

import (
	"slices"
	"testing"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/trust"
	"github.com/noroshi-acd/noroshi/ledger/proof"
	"github.com/noroshi-acd/noroshi/ledger/verify"
	"github.com/noroshi-acd/noroshi/ledger/verify/trusted"
	"github.com/noroshi-acd/noroshi/ledger/verify/verifytest"
)

// recorded has the commission's log record papers of the trust one after another, each
// seen by witnesses, and lays them beside the logs.
func recorded(t *testing.T, m *verifytest.Made, papers map[string]*paper.Envelope, order ...string) paper.Time {
	t.Helper()
	from, at := len(m.Decisions.Entries), m.End
	for name, e := range papers {
		text, err := e.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		m.Export.Set(name, text)
	}
	for _, name := range order {
		at += 60
		m.Add(m.Decisions, at, proof.Trust, "", papers[name])
		m.Decisions.Stamps = append(m.Decisions.Stamps, verifytest.Stamp{Size: int64(len(m.Decisions.Entries)), Time: at})
	}
	m.Decisions.Write(m.Export, from)
	return at
}

// TestInvariant30_TheVerifierBelievesNoStatedTime: which version of the root holds, the
// logs say by what witnesses saw of its entry: not the version, and not the export.
func TestInvariant30_TheVerifierBelievesNoStatedTime(t *testing.T) {
	const day = 86400
	for name, c := range map[string]struct {
		order     []string // of the records
		recovery  bool
		after     paper.Time // how long after the records it is verified
		left      bool       // version 2 counts for nothing
		recovered bool
	}{
		"recorded while the key was in use": {[]string{"root/000002.json", "lists/agency-2.json"}, false, 60, false, false},
		"recorded after it went":            {[]string{"lists/agency-2.json", "root/000002.json"}, false, 60, true, false},
		"recorded nowhere":                  {[]string{"lists/agency-2.json"}, false, 60, true, false},
		"recovery, announced":               {[]string{"root/000002.json"}, true, 6 * day, false, false},
		"recovery, in force":                {[]string{"root/000002.json"}, true, 7 * day, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			m := life(t)
			w := m.World
			agency, _ := w.View.Body("agency")
			previous, err := agency.ListDigest(w.Root.Name)
			if err != nil {
				t.Fatal(err)
			}
			key := agency.Keys[0]
			key.Key = w.Key("agency-3")
			list := trust.List{Body: "agency", Issued: m.End, Keys: []trust.Key{key}, Previous: previous, Root: w.Root.Name, Threshold: 1, Version: 2}
			r := w.Root
			r.Version, r.Previous, r.Issued = 2, w.Roots[0].Digest(), m.End-60
			by := []string{"agency-1", "member-1", "member-2"}
			if c.recovery {
				by = append(by, "recovery-1", "recovery-2")
			}
			papers := map[string]*paper.Envelope{"root/000002.json": m.Seal(trust.RootType, r, by...)}
			if slices.Contains(c.order, "lists/agency-2.json") {
				papers["lists/agency-2.json"] = m.Seal(trust.ListType, list, "agency-1")
			}
			at := recorded(t, m, papers, c.order...)
			o := ask(m, trusted.NewKnown())
			o.Mode, o.Now = verify.Public, (at + c.after).Time()
			report := run(t, o)
			left := false
			for _, f := range report.List {
				left = left || f.Code == "trust-left" && f.File == "root/000002.json"
				if f.Code == "trust" || f.Code == "trust-none" || f.Code == "trust-left" && !c.left {
					t.Errorf("%s %s", f.File, f.Sentence.EN)
				}
			}
			if left != c.left || (len(report.Recovered) == 1) != c.recovered {
				t.Errorf("left out: %v, want %v; recovered: %v, want %v; %v", left, c.left, report.Recovered, c.recovered, report.Codes)
			}
		})
	}
}
