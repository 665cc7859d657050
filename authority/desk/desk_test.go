package desk

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/trust"
	"github.com/noroshi-acd/noroshi/authority/unmet"
	"github.com/noroshi-acd/noroshi/authority/warrant"
	"github.com/noroshi-acd/noroshi/authority/warrant/warranttest"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/internal/keyfile"
	"github.com/noroshi-acd/noroshi/internal/usage"
)

// person sits at a desk with a key and answers.
func person(t *testing.T, answer string) (d *Desk, key string, out, errs *bytes.Buffer) {
	t.Helper()
	k, err := keyfile.New(keyfile.Labels{Person: "person/m1", Body: "commission"}, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	key = filepath.Join(t.TempDir(), "m1")
	if err := k.Save(key, nil); err != nil {
		t.Fatal(err)
	}
	out, errs = new(bytes.Buffer), new(bytes.Buffer)
	return &Desk{Stdin: strings.NewReader(answer), Stdout: out, Stderr: errs, Lang: i18n.EN}, key + keyfile.KeyEnding, out, errs
}

func sealed(t *testing.T) *paper.Envelope {
	t.Helper()
	w, err := warranttest.New(trust.Lab)
	if err != nil {
		t.Fatal(err)
	}
	e, err := paper.Seal(warrant.Type, w.PoliceWarrant())
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// TestSign: nothing is signed unseen, without assent, or with another key than shown.
func TestSign(t *testing.T) {
	for answer, want := range map[string]int{"yes\n": 1, "はい\n": 1, "y\n": 0, "": 0, "no\nyes\n": 0} {
		d, key, _, errs := person(t, answer)
		e := sealed(t)
		_, err := d.Sign("w.json", e, key)
		if len(e.Signatures) != want || (err == nil) != (want == 1) {
			t.Errorf("%q: %d signatures, %v", answer, len(e.Signatures), err)
		}
		seen := errs.String()
		if i, j := strings.Index(seen, "a hospital is about to be attacked"), strings.Index(seen, "Sign this as person/m1 (commission)?"); i < 0 || j < i {
			t.Errorf("%q: it was asked before it was shown:\n%s", answer, seen)
		}
	}
	d, key, _, errs := person(t, "")
	d.Yes = true
	wordless := &paper.Envelope{PayloadType: "application/vnd.noroshi.other+json", Payload: []byte("{}")}
	if _, err := d.Sign("x", wordless, key); err == nil || len(wordless.Signatures) > 0 {
		t.Errorf("what has no words was signed: %v", err)
	}
	// A swapped public file shows another name than the key signs for.
	_, other, _, _ := person(t, "")
	e := sealed(t)
	swap(t, key, other)
	if _, err := d.Sign("w.json", e, key); err == nil || len(e.Signatures) > 0 {
		t.Errorf("signed with another key than shown: %v", errs)
	}
}

// TestJudge: a check says yes only when nothing is unmet, to people and programs.
func TestJudge(t *testing.T) {
	list := []unmet.Unmet{{Place: "chain[0].signatures", Code: "lock", Args: []any{"role", "member", "n", 2, "k", 3}}}
	more := []Condition{{Place: "p", Code: "c", Text: "another thing"}}
	for name, c := range map[string]struct {
		list []unmet.Unmet
		more []Condition
		ok   bool
	}{"nothing": {nil, nil, true}, "a condition": {list, nil, false}, "one beside papers": {nil, more, false}, "both": {list, more, false}} {
		d, _, out, _ := person(t, "")
		d.JSON = true
		err := d.Judge(paper.DigestOf(nil), time.Unix(0, 0), c.list, c.more, "papers.live.good")
		var v Verdict
		if e := json.Unmarshal(out.Bytes(), &v); e != nil {
			t.Fatal(e)
		}
		var status usage.Status
		if (err == nil) != c.ok || v.OK != c.ok || !c.ok && (!errors.As(err, &status) || status != 1) || len(v.Unmet) != len(c.list)+len(c.more) {
			t.Errorf("%s: %v %+v", name, err, v)
		}
		d.JSON = false
		out.Reset()
		_ = d.Judge(paper.DigestOf(nil), time.Unix(0, 0), c.list, c.more, "papers.live.good")
		if strings.Contains(out.String(), "REFUSED") == c.ok {
			t.Errorf("%s: %s", name, out)
		}
	}
}

// TestNow: an instant is read, or refused in both languages; without one it is now.
func TestNow(t *testing.T) {
	d, _, _, _ := person(t, "")
	for at, after := range map[string]time.Duration{"": 0, "now+1h": time.Hour, "now-90m": -90 * time.Minute} {
		d.At = at
		got, err := d.Now()
		if off := time.Until(got) - after; err != nil || off < -5*time.Second || off > 5*time.Second {
			t.Errorf("%q: %v %v", at, got, err)
		}
	}
	d.At = "2026-11-22T01:00:00Z"
	if got, err := d.Now(); err != nil || paper.TimeOf(got) != warranttest.Now {
		t.Errorf("%v %v", got, err)
	}
	for _, bad := range []string{"now+", "tomorrow", "now+1y", "+1h"} {
		d.At = bad
		if got, err := d.Now(); err == nil || fault.Text(err, i18n.JA) == fault.Text(err, i18n.EN) {
			t.Errorf("%q: %v %v", bad, got, err)
		}
	}
}

// swap puts the public file of another key beside a private one.
func swap(t *testing.T, key, other string) {
	t.Helper()
	pub := func(k string) string { return strings.TrimSuffix(k, keyfile.KeyEnding) + keyfile.PublicEnding }
	text, err := os.ReadFile(pub(other))
	if err == nil {
		err = os.WriteFile(pub(key), text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}
