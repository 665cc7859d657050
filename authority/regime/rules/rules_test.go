package rules_test

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime/fact"
	"github.com/noroshi-acd/noroshi/authority/regime/rules"
	"github.com/noroshi-acd/noroshi/authority/regime/rules/rulestest"
)

const day = 86400

func ptr[T any](v T) *T { return &v }

func written(t testing.TB, v any) []byte {
	t.Helper()
	data, err := paper.Marshal(v)
	if err != nil {
		t.Fatalf("%+v: %v", v, err)
	}
	return data
}

// maker makes papers up from a seed that changes and is printed.
func maker(t testing.TB) rulestest.Maker {
	t.Helper()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	return rulestest.Maker{Rand: rand.New(rand.NewPCG(seed, 30))}
}

func TestRulesReadAsWritten(t *testing.T) {
	m := maker(t)
	list := []*rules.Rules{rulestest.Whole()}
	for range 300 {
		list = append(list, m.Rules())
	}
	for _, r := range list {
		data := written(t, r)
		back, err := rules.Parse(data)
		if err != nil {
			t.Fatalf("%s: %v", data, err)
		}
		if diff := cmp.Diff(string(data), string(written(t, back))); diff != "" {
			t.Error(diff)
		}
		q := m.Request(r)
		again, err := rules.ParseRequest(written(t, q))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(written(t, q)), string(written(t, again))); diff != "" {
			t.Error(diff)
		}
	}
}

// TestInvariant30_EveryRuleAndWordIsInTheHash: whoever changes any value of the rules –
// a number, a word in one language, a citation, a mark – has other rules by their digest,
// or none at all.
func TestInvariant30_EveryRuleAndWordIsInTheHash(t *testing.T) {
	data := string(written(t, rulestest.Whole()))
	first, err := rulestest.Whole().Digest()
	if err != nil {
		t.Fatal(err)
	}
	tried, other := 0, 0
	for i := range len(data) {
		if !strings.ContainsRune("0123456789abcdefghijklmnopqrstuvwxyz", rune(data[i])) {
			continue
		}
		changed := data[:i] + string(data[i]^1) + data[i+1:]
		tried++
		r, err := rules.Parse([]byte(changed))
		if err != nil {
			continue
		}
		if d, err := r.Digest(); err != nil || d == first {
			t.Errorf("byte %d: …%s… leaves the digest as it is, %v", i, data[max(i-20, 0):min(i+20, len(data))], err)
		}
		other++
	}
	if other < tried/5 {
		t.Errorf("of %d changes only %d were rules: the test sees too little", tried, other)
	}
}

func TestRulesRefuse(t *testing.T) {
	for name, spoil := range map[string]func(*rules.Rules){
		"a condition twice":               func(r *rules.Rules) { r.Conditions[1].ID = "necessity" },
		"a change that nobody approves":   func(r *rules.Rules) { r.Time.Change.By = fact.Of[paper.ID]{} },
		"a change that is never due":      func(r *rules.Rules) { r.Time.Change.ApproveWithin = fact.Of[rules.Span]{} },
		"a change that stays unapproved":  func(r *rules.Rules) { *r.Time.Change.Undone.Value = false },
		"a change that is not allowed":    func(r *rules.Rules) { *r.Time.Change.Allowed.Value = false },
		"a number without limits":         func(r *rules.Rules) { r.Conditions[2].Min, r.Conditions[2].Max = nil, nil },
		"limits that nothing meets":       func(r *rules.Rules) { r.Conditions[2].Min = ptr(int64(51)) },
		"limits of a text":                func(r *rules.Rules) { r.Conditions[1].Max = ptr(int64(5)) },
		"an attachment of no class":       func(r *rules.Rules) { r.Conditions[3].Evidence = "" },
		"risks that are none":             func(r *rules.Rules) { r.Conditions[4].Risks = nil },
		"a threshold of a fact":           func(r *rules.Rules) { r.Conditions[0].Threshold = rules.High },
		"a condition without law":         func(r *rules.Rules) { r.Conditions[0].Cite = fact.Cites{} },
		"a condition in one language":     func(r *rules.Rules) { r.Conditions[0].Meet.JA = "" },
		"a condition like no other":       func(r *rules.Rules) { r.Conditions[0].SimilarTo = []paper.ID{"gone"} },
		"a condition like itself":         func(r *rules.Rules) { r.Conditions[0].SimilarTo = []paper.ID{"necessity"} },
		"a mark that is none":             func(r *rules.Rules) { r.Conditions[0].Mark = "X" },
		"a value without law":             func(r *rules.Rules) { r.Mode.Cite = fact.Cites{} },
		"a mode that is none":             func(r *rules.Rules) { *r.Mode.Value = "whenever" },
		"two locks of one role":           func(r *rules.Rules) { r.Roles.Locks[0].Role = "member" },
		"more keys than members":          func(r *rules.Rules) { r.Roles.Locks[1].Of = 2 },
		"a quorum below the keys":         func(r *rules.Rules) { r.Roles.Locks[1].Quorum = 2 },
		"on call as many as all":          func(r *rules.Rules) { r.Roles.Locks[1].OnCall.K = 3 },
		"urgent without what follows":     func(r *rules.Rules) { r.Time.Urgent.After.Value = nil },
		"urgent by nobody":                func(r *rules.Rules) { r.Time.Urgent.Who.Value = nil },
		"urgent refusal without effect":   func(r *rules.Rules) { r.Time.Urgent.OnRefusal.Value = nil },
		"confirmation without time":       func(r *rules.Rules) { r.Time.Urgent.ConfirmWithin.Value = nil },
		"confirmation and notice":         func(r *rules.Rules) { r.Time.Urgent.NoticeWithin = r.Time.Urgent.Lasts },
		"urgent not allowed, yet someone": func(r *rules.Rules) { *r.Time.Urgent.Allowed.Value = false },
		"renewal not allowed, yet often":  func(r *rules.Rules) { *r.Time.Renew.Allowed.Value = false },
		"a window beyond the whole time":  func(r *rules.Rules) { *r.Time.Renew.WindowS.Value = 91 * day },
		"working days without calendar":   func(r *rules.Rules) { r.Calendar = "" },
		"periods that overlap":            func(r *rules.Rules) { r.InForce[1].Articles = nil },
		"a period of an unknown article":  func(r *rules.Rules) { r.InForce[1].Articles = []string{"9"} },
		"a period that ends before":       func(r *rules.Rules) { r.InForce[0].To = r.InForce[0].From },
		"domestic":                        func(r *rules.Rules) { (*r.Scope.Directions.Value)[0] = "domestic" },
		"more than the whole line":        func(r *rules.Rules) { *r.Scope.VolumeCapPermille.Value = 1001 },
		"a review after the limit":        func(r *rules.Rules) { *r.Data.Retention.ReviewEveryS.Value = 731 * day },
		"a report twice":                  func(r *rules.Rules) { r.Reports[1].ID = "yearly" },
		"an item twice":                   func(r *rules.Rules) { r.Reports[0].Items = append(r.Reports[0].Items, r.Reports[0].Items[0]) },
		"an attribute that is none":       func(r *rules.Rules) { r.Conditions[3].When[0].Attribute = "mood" },
		"a value that is never had":       func(r *rules.Rules) { r.Conditions[3].When[0].Is[0] = "abolish" },
		"perhaps":                         func(r *rules.Rules) { r.Reports[1].When[0].Is[0] = "perhaps" },
		"yes and no at once":              func(r *rules.Rules) { r.Reports[1].When[0].Is = []paper.ID{"no", "yes"} },
		"an overlay of itself":            func(r *rules.Rules) { r.OverlayOf = r.ID },
		"articles out of order":           func(r *rules.Rules) { r.Articles = []string{"7", "6"} },
		"purposes out of order":           func(r *rules.Rules) { *r.Purpose.Allowed.Value = []paper.ID{"espionage", "botnet"} },
		"a span of nothing":               func(r *rules.Rules) { r.Time.Urgent.Lasts.Value.N = 0 },
	} {
		r := rulestest.Whole()
		spoil(r)
		if _, err := paper.Marshal(r); err == nil {
			t.Errorf("%s: written", name)
		}
	}
}

// FuzzParse: bytes that are rules are written again as they were, and can be compiled.
func FuzzParse(f *testing.F) {
	f.Add(written(f, rulestest.Whole()))
	m := maker(f)
	for range 4 {
		f.Add(written(f, m.Rules()))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := rules.Parse(data)
		if err != nil {
			return
		}
		if again := written(t, r); string(again) != string(data) {
			t.Fatalf("%q is written again as %q", data, again)
		}
	})
}

func TestCountWords(t *testing.T) {
	for text, want := range map[string]int64{
		"": 0, " – … ": 0, "one": 1, "one two, three": 3, "2026-11-22": 3, "café": 1, "cafe\u0301": 1,
		"取得": 1, "取得が": 2, "取得が必要であり、ほかに方法がない": 8, "サーバー": 2, "IPアドレス": 3,
	} {
		if got := rules.CountWords(text); got != want {
			t.Errorf("%q has %d words, want %d", text, got, want)
		}
	}
}
