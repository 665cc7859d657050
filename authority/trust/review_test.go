package trust_test

import (
	"slices"
	"testing"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/trust"
	"github.com/noroshi-acd/noroshi/authority/unmet"
)

// TestInvariant30_NoticeIsNotCutByAnEarlierVersion: the top cannot do in two versions what
// it cannot do in one: a shorter notice counts only after the longer one.
func TestInvariant30_NoticeIsNotCutByAnEarlierVersion(t *testing.T) {
	w := world(t)
	day, fresh := paper.Time(86400), paper.DigestOf([]byte("fresh"))
	for name, c := range map[string]struct {
		second, third paper.Time // when the versions are issued
		swap          paper.Time // when the new profile begins
		want          string
	}{
		"at once":                  {now - 20*day, now - 20*day, now - 20*day, "profile-notice"},
		"the same day":             {now - 20*day, now - 20*day + 60, now - 20*day + 60, "profile-notice"},
		"a second early":           {now - 20*day, now - 7*day, now - 6*day - 1, "profile-notice"},
		"after the old notice":     {now - 20*day, now - 7*day, now - 6*day, ""},
		"issued after old notice":  {now - 20*day, now - 6*day, now - 6*day, ""},
		"much later, the new rule": {now - 20*day, now - 2*day, now - 2*day, ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := next(t, w)
			r.Issued, r.NoticeS = c.second, 0
			second := seal(t, w, trust.RootType, r, top...)
			r.Version, r.Previous, r.Issued = 3, second.Digest(), c.third
			r.Profiles = append(slices.Clone(r.Profiles), trust.ProfileEntry{Digest: fresh, From: c.swap, Instrument: "lab/collection"})
			third := seal(t, w, trust.RootType, r, top...)
			_, list := promptly(t, w, []*paper.Envelope{w.Roots[0], second, third})
			if got := codes(list); got != c.want {
				t.Fatalf("got %q, want %q: %v", got, c.want, unmet.List(list))
			}
		})
	}
}

// TestInvariant03_NoWitnessIsAParty: a witness's key is nobody else's, whoever its
// operator is said to be: no log's and no recovery key.
func TestInvariant03_NoWitnessIsAParty(t *testing.T) {
	w := world(t)
	for name, c := range map[string]struct {
		spoil func(r *trust.Root)
		want  string
	}{
		"as it was": {func(*trust.Root) {}, ""},
		"a witness with a log's key": {func(r *trust.Root) {
			r.Logs = append(r.Logs, trust.Log{Origin: "other.example/log", Body: r.Bodies[0].ID, Duty: trust.Acts, Key: w.NoteKey("other.example/log", "shared", 1)})
			r.Witnesses.Keys[0].Key = w.NoteKey("w.example", "shared", 4)
		}, "key-twice"},
		"a witness with a recovery key": {func(r *trust.Root) {
			r.Ceremony.Keys[0].Key = w.Key("shared")
			r.Witnesses.Keys[0].Key = w.NoteKey("w.example", "shared", 4)
		}, "key-twice"},
		"a log with a person's key": {func(r *trust.Root) {
			r.Bodies[0].Keys[0].Key = w.Key("shared")
			r.Logs = append(r.Logs, trust.Log{Origin: "other.example/log", Body: r.Bodies[0].ID, Duty: trust.Acts, Key: w.NoteKey("other.example/log", "shared", 1)})
		}, "key-twice"},
		"an origin that no note can bear": {func(r *trust.Root) {
			r.Logs = append(r.Logs, trust.Log{Origin: "other.example/\u3000log", Body: r.Bodies[0].ID, Duty: trust.Acts, Key: w.NoteKey("other.example/\u3000log", "other", 1)})
		}, "verifier-key"},
	} {
		t.Run(name, func(t *testing.T) {
			r := next(t, w)
			r.Version, r.Previous = 1, ""
			c.spoil(r)
			e := seal(t, w, trust.RootType, r, append([]string{"shared"}, top...)...)
			_, list := trust.New([]*paper.Envelope{e}, nil, e.Digest(), now.Time())
			if got := codes(list); got != c.want {
				t.Errorf("got %q, want %q: %v", got, c.want, unmet.List(list))
			}
		})
	}
}
