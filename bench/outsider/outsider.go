package outsider

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/noroshi-acd/noroshi/bench/bed"
	"github.com/noroshi-acd/noroshi/bench/report"
	"github.com/noroshi-acd/noroshi/ledger/verify"
	"github.com/noroshi-acd/noroshi/ledger/verify/archive"
	"github.com/noroshi-acd/noroshi/ledger/verify/verifytest"
)

// turns is how often each half is measured; the best counts.
const turns = 5

// Section measures the outside verifier.
func Section(ctx context.Context, b *bed.Bed, s *report.Section) error {
	n := b.Size(400_000, 40_000)
	b.Say("an export of %d entries", n)
	m, err := verifytest.Make(verifytest.Options{Minutes: 1, Queries: n / 4, Seed: "bench"}) // four minutes are told of
	if err != nil {
		return err
	}
	if err := structure(ctx, b, s, m); err != nil {
		return err
	}
	if err := entries(ctx, b, s, m); err != nil {
		return err
	}
	full, err := verifytest.Make(verifytest.Options{Minutes: b.Size(60, 10), Queries: 10, Seed: "bench"})
	if err != nil {
		return err
	}
	return inspector(ctx, b, s, full)
}

// without gives an export without the files of some folders.
func without(m *archive.Memory, folders ...string) *archive.Memory {
	out := archive.NewMemory(map[string][]byte{})
	for _, name := range m.Names() {
		if !slices.ContainsFunc(folders, func(f string) bool { return strings.Contains(name, "/"+f+"/") }) {
			out.Set(name, m.Get(name))
		}
	}
	return out
}

// timed gives the processor time of f.
func timed(f func() error) (time.Duration, error) {
	start := bed.Used()
	err := f()
	return bed.Used() - start, err
}

// check verifies an export that must be right.
func check(ctx context.Context, m *verifytest.Made, fsys fs.FS, mode verify.Mode) error {
	r, err := verify.Run(ctx, verify.Options{FS: fsys, Mode: mode, Root: m.Root, Fresh: time.Hour, Now: m.End.Time()})
	if err == nil && !r.Right {
		err = fmt.Errorf("an honest export was refused: %s", r.Verdict.EN)
	}
	return err
}

// structure holds the pass over the tree against a bare walk of the same files.
func structure(ctx context.Context, b *bed.Bed, s *report.Section, m *verifytest.Made) error {
	sealed := without(m.Export, "opened", "content")
	var ours, bare []time.Duration
	for range turns {
		d, err := timed(func() error { return check(ctx, m, sealed, verify.Public) })
		if err != nil {
			return err
		}
		ours = append(ours, d)
		if d, err = timed(func() error { return walk(sealed) }); err != nil {
			return err
		}
		bare = append(bare, d)
	}
	ratio := float64(slices.Min(ours)) / float64(slices.Min(bare))
	n := entriesOf(m)
	s.Add(report.Figure{
		What: fmt.Sprintf("verify, structure pass: tiles, bundles, checkpoints and their signatures of %d entries", n), Asked: "within 1.5× of a bare hash walk of the same tiles",
		Measured: fmt.Sprintf("%.2f× (%.1f million entries a second of processor time)", ratio, float64(n)/slices.Min(ours).Seconds()/1e6),
		Peer:     "a bare hash walk (this run)", Verdict: verdict(b, ratio <= 1.5), Values: map[string]float64{"ratio": ratio},
	})
	return nil
}

// walk hashes all that a tree holds and compares nothing: each leaf, and each node over
// the hashes of each tile.
func walk(fsys fs.FS) error {
	return fs.WalkDir(fsys, "logs", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.Contains(path, "/tile/") {
			return err
		}
		data, err := fs.ReadFile(fsys, path)
		if err != nil {
			return err
		}
		if strings.Contains(path, "/entries/") {
			for ; len(data) >= 34; data = data[34:] {
				var leaf [33]byte
				copy(leaf[1:], data[2:34])
				_ = sha256.Sum256(leaf[:])
			}
			return nil
		}
		for n := len(data) / 32; n > 1; n /= 2 {
			for i := range n / 2 {
				var node [65]byte
				node[0] = 1
				copy(node[1:], data[64*i:64*i+64])
				sum := sha256.Sum256(node[:])
				copy(data[32*i:], sum[:])
			}
		}
		return nil
	})
}

func entriesOf(m *verifytest.Made) int { return len(m.Acts.Entries) + len(m.Decisions.Entries) }

// entries measures opened entries: their commitments, times, warrants and classes. Of
// each warrant the signatures are looked at once.
func entries(ctx context.Context, b *bed.Bed, s *report.Section, m *verifytest.Made) error {
	opened := archive.NewMemory(map[string][]byte{})
	for _, name := range m.Export.Names() {
		if !strings.Contains(name, "/content/") || strings.HasPrefix(name, m.Decisions.Dir()) {
			opened.Set(name, m.Export.Get(name))
		}
	}
	var all []time.Duration
	for range turns {
		d, err := timed(func() error { return check(ctx, m, opened, verify.Public) })
		if err != nil {
			return err
		}
		all = append(all, d)
	}
	rate := float64(entriesOf(m)) / slices.Min(all).Seconds()
	s.Add(report.Figure{
		What: fmt.Sprintf("verify, %d opened acts: tree, commitments, witnesses' times, and the warrant of each", entriesOf(m)), Asked: "≥ 300,000 entries/s with signatures cached per warrant",
		Measured: fmt.Sprintf("%.0f entries per second of processor time", rate),
		Peer:     "nobody", Verdict: verdict(b, rate >= 300_000), Values: map[string]float64{"perSecond": rate},
	})
	return nil
}

// inspector measures an export in which more than half of the entries are signed papers
// of their own: nothing can be cached of those.
func inspector(ctx context.Context, b *bed.Bed, s *report.Section, m *verifytest.Made) error {
	d, err := timed(func() error { return check(ctx, m, m.Export, verify.Inspector) })
	if err != nil {
		return err
	}
	rate := float64(entriesOf(m)) / d.Seconds()
	s.Add(report.Figure{
		What:     fmt.Sprintf("verify, inspector's check of %d entries: grants, closes, books, liveness, each with signatures of its own", entriesOf(m)),
		Measured: fmt.Sprintf("%.0f entries per second of processor time", rate), Peer: "nobody", Verdict: report.Shown, Values: map[string]float64{"perSecond": rate},
	})
	return nil
}

// verdict judges full runs alone.
func verdict(b *bed.Bed, met bool) report.Verdict {
	if b.Quick {
		return report.Shown
	}
	return report.Judge(met)
}
