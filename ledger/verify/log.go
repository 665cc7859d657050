package verify

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/trust"
	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/ledger/proof"
	"github.com/noroshi-acd/noroshi/ledger/verify/acts"
	"github.com/noroshi-acd/noroshi/ledger/verify/acts/seen"
	"github.com/noroshi-acd/noroshi/ledger/verify/flaw"
	"github.com/noroshi-acd/noroshi/ledger/verify/opened"
	"github.com/noroshi-acd/noroshi/ledger/verify/tree"
	"github.com/noroshi-acd/noroshi/ledger/verify/trusted"
)

const (
	maxNote   = 64 << 10
	maxOpened = 8 << 10
)

// log is one log of the export.
type log struct {
	*run
	trust.Log
	fs     fs.FS
	dir    string // before the paths of its files
	rank   int
	judged acts.Log
	names  []fs.DirEntry // of opened entries that are still to come
	next   int
	reader *opened.Reader
	room   []byte // for the opened entry that is being read
}

// bad tells a flaw of the log.
func (l *log) bad(f flaw.Flaw) {
	f.Log, f.Rank = l.Origin, l.rank
	if f.Code == "fork" && f.File == "" { // of a checkpoint that the reader kept
		f.Code = "since"
	}
	if f.File != "" && !strings.HasPrefix(f.File, "logs/") {
		f.File = l.dir + f.File
	}
	l.flaws.Add(f)
}

func (l *log) verify(ctx context.Context) error {
	l.strays()
	l.since[l.Origin] = true
	text, err := trusted.ReadFile(l.fs, "checkpoint", maxNote)
	if err != nil {
		l.bad(flaw.Flaw{Code: "checkpoint-missing", Index: flaw.None, File: "checkpoint"})
		return nil
	}
	latest := l.note(text, "checkpoint")
	if latest == nil {
		return nil // nothing of the log is proven
	}
	said := &Log{Origin: l.Origin, Duty: l.Duty, Size: latest.Size, Root: proof.RootDigest(latest.Root), Time: paper.Time(latest.Median())}
	for _, c := range latest.Cosignatures {
		said.Witnesses = append(said.Witnesses, c.Witness)
	}
	l.report.Logs = append(l.report.Logs, said)
	l.total = max(l.total, l.done+latest.Size)
	l.old(latest)
	history := l.history(latest)
	points := l.kept(latest)
	for _, h := range history {
		points = append(points, tree.Point{Size: h.Size, Root: h.Root, File: fmt.Sprintf("checkpoints/%020d", h.Size)})
		l.judged.Stamps = append(l.judged.Stamps, seen.Stamp{Size: h.Size, Time: paper.Time(h.Median())})
	}
	said.History = len(history)
	slices.SortStableFunc(points, func(a, b tree.Point) int { return int(a.Size - b.Size) })
	l.judged.Stamps = append(l.judged.Stamps, seen.Stamp{Size: latest.Size, Time: paper.Time(latest.Median())})
	l.judged.Origin, l.judged.Rank, l.judged.Duty, l.judged.Body = l.Origin, l.rank, l.Duty, l.Body
	l.judged.Size, l.judged.FS, l.judged.Law = latest.Size, l.fs, l.Law
	tiles := proof.NewTree(latest.Checkpoint, func(path string) ([]byte, error) { return trusted.ReadFile(l.fs, path, maxNote) })
	l.judged.Root = func(size int64) paper.Digest {
		root, err := tiles.RootAt(size)
		if err != nil {
			return ""
		}
		return proof.RootDigest(root)
	}
	before := l.judge.Count()
	l.judge.Begin(&l.judged)
	if err := l.list(); err != nil {
		return err
	}
	w := &tree.Walk{FS: l.fs, At: tree.Point{Size: latest.Size, Root: latest.Root, File: "checkpoint"}, History: points, Leaves: l.leaves, Flaw: l.bad}
	if err := w.Run(ctx); err != nil {
		return err
	}
	for ; l.next < len(l.names); l.next++ {
		l.bad(flaw.Flaw{Code: "opened-beyond", Index: flaw.None, File: "opened/" + l.names[l.next].Name(), Args: []any{"size", latest.Size}})
	}
	l.judge.End()
	for _, o := range l.judged.Oversight.Overdue(paper.TimeOf(l.Now)) {
		l.report.Overdue = append(l.report.Overdue, Overdue{Class: o.Class, Due: o.Due.String(), Index: o.Index, Log: l.Origin})
	}
	l.done += latest.Size
	after := l.judge.Count()
	said.Opened, said.Sealed = after.Opened-before.Opened, after.Sealed-before.Sealed
	return nil
}

// strays tells files of the log's folder that the format does not know.
func (l *log) strays() {
	list, _ := fs.ReadDir(l.fs, ".")
	for _, d := range list {
		switch d.Name() {
		case "checkpoint", "checkpoints", "tile", "opened", "content":
		case "root", "lists", "profiles", "logs":
			if l.dir != "" {
				l.bad(flaw.Flaw{Code: "stray", Index: flaw.None, File: d.Name()})
			}
		default:
			if l.dir != "" { // else told already
				l.bad(flaw.Flaw{Code: "stray", Index: flaw.None, File: d.Name()})
			}
		}
	}
}

type noted struct {
	signed *proof.Signed
	few    *proof.FewWitnesses
	err    error
}

// note reads a signed checkpoint under the trust of its time; nil when the log has not
// signed it. Too few witnesses are told, and it is looked into nevertheless.
//
// Invariant 3: without its quorum a checkpoint proves nothing.
func (l *log) note(text []byte, file string) *proof.Signed {
	var first noted
	for i, view := range l.views.All() {
		got := trusted.Remember(l.Known, func() noted { return openNote(text, view, l.Origin) }, "note", string(view.Digest()), l.Origin, string(text))
		if got.signed != nil {
			// A checkpoint of another time is tried under the trust of that time.
			if at := l.views.At(paper.Time(got.signed.Median())); got.few == nil && at != nil && at.Digest() != view.Digest() {
				got.err = flaw.Because("keys")
			} else {
				first = got
				break
			}
		}
		if i == 0 {
			first = got
		}
	}
	switch {
	case first.signed == nil || first.err != nil:
		l.bad(flaw.Flaw{Code: "checkpoint", Index: flaw.None, File: file, Args: []any{"why", first.err}})
		return nil
	case first.few != nil:
		l.bad(flaw.Flaw{Code: "few-witnesses", Index: flaw.None, File: file, Args: []any{"n", first.few.Got, "k", first.few.Want, "size", first.few.Size}})
	}
	return first.signed
}

// openNote holds a checkpoint against one view of the trust.
func openNote(text []byte, view *trust.View, origin string) noted {
	g, ok := view.Log(origin)
	if !ok {
		return noted{err: flaw.Because("log")}
	}
	key, err := proof.ParseLogKey(g.Key)
	if err != nil {
		return noted{err: err}
	}
	policy := view.Witnesses()
	var vkeys []string
	for _, w := range policy.Keys {
		vkeys = append(vkeys, w.Key)
	}
	q, err := proof.NewQuorum(vkeys, policy.K)
	if err != nil {
		return noted{err: err}
	}
	s, err := proof.Open(text, key, q)
	var few *proof.FewWitnesses
	if errors.As(err, &few) {
		s, err = proof.OpenLog(text, key, q)
	}
	if _, form := parseNote(text); err != nil && form == nil {
		err = flaw.As("unsigned", err)
	}
	return noted{s, few, err}
}

// parseNote reads a checkpoint's text without its signatures.
func parseNote(text []byte) (proof.Checkpoint, error) {
	body, _, ok := strings.Cut(string(text), "\n\n")
	if !ok || len(text) > maxNote {
		return proof.Checkpoint{}, flaw.Because("note")
	}
	return proof.ParseCheckpoint(body + "\n")
}

// history reads the earlier checkpoints, by rising size.
func (l *log) history(latest *proof.Signed) (list []*proof.Signed) {
	dir, err := fs.ReadDir(l.fs, "checkpoints")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		l.bad(flaw.Flaw{Code: "file", Index: flaw.None, File: "checkpoints", Args: []any{"why", err}})
	}
	for _, d := range dir {
		file := "checkpoints/" + d.Name()
		text, err := trusted.ReadFile(l.fs, file, maxNote)
		if err != nil {
			l.bad(flaw.Flaw{Code: "stray", Index: flaw.None, File: file})
			continue
		}
		s := l.note(text, file)
		switch {
		case s == nil:
		case fmt.Sprintf("%020d", s.Size) != d.Name():
			l.bad(flaw.Flaw{Code: "name", Index: flaw.None, File: file, Args: []any{"want", fmt.Sprintf("%020d", s.Size)}})
		case s.Size > latest.Size:
			l.bad(flaw.Flaw{Code: "rolled-back", Index: latest.Size, Last: s.Size - 1, File: file, Args: []any{"size", latest.Size, "known", s.Size}})
		case len(list) > 0 && s.Median() < list[len(list)-1].Median()-acts.Skew:
			l.bad(flaw.Flaw{Code: "checkpoint-time", Index: flaw.None, File: file, Args: []any{"size", s.Size}})
		default:
			list = append(list, s)
		}
	}
	return list
}

// kept gives the checkpoints that the reader has from earlier as points that the tree
// must bear out.
func (l *log) kept(latest *proof.Signed) (points []tree.Point) {
	for _, text := range l.Since {
		c, err := parseNote(text)
		if err != nil || c.Origin != l.Origin {
			continue
		}
		s := l.note(text, "--since")
		switch {
		case s == nil:
		case s.Size > latest.Size:
			l.bad(flaw.Flaw{Code: "rolled-back", Index: latest.Size, Last: s.Size - 1, Args: []any{"size", latest.Size, "known", s.Size}})
		default:
			points = append(points, tree.Point{Size: s.Size, Root: s.Root, File: ""})
		}
	}
	return points
}

// old tells a log whose witnesses have not looked at it for too long.
func (l *log) old(latest *proof.Signed) {
	age := l.Now.Sub(time.Unix(latest.Median(), 0))
	if l.Fresh > 0 && (age > l.Fresh || age < -acts.Skew*time.Second) {
		l.bad(flaw.Flaw{Code: "old", Index: flaw.None, File: "checkpoint", Args: []any{"age", age.Round(time.Second), "most", l.Fresh}})
	}
}

// list reads the names of opened entries.
func (l *log) list() error {
	l.reader = opened.NewReader()
	dir, err := fs.ReadDir(l.fs, "opened")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return flaw.Unread(l.dir+"opened", err)
	}
	for _, d := range dir {
		if index(d.Name()) < 0 || d.IsDir() {
			l.bad(flaw.Flaw{Code: "stray", Index: flaw.None, File: "opened/" + d.Name()})
			continue
		}
		l.names = append(l.names, d)
	}
	return nil
}

// index reads the name of an opened entry's file; below 0 when it is none.
func index(name string) int64 {
	digits, ok := strings.CutSuffix(name, ".json")
	n, err := strconv.ParseInt(digits, 10, 64)
	if !ok || err != nil || len(digits) != 12 || n < 0 {
		return -1
	}
	return n
}

// leaves opens the entries of a run of leaves and hands them to the judge.
func (l *log) leaves(run tree.Leaves) error {
	for i := range int64(run.N) {
		n := run.First + i
		if l.next >= len(l.names) || index(l.names[l.next].Name()) != n {
			l.judge.Sealed(n, 1)
			continue
		}
		file := "opened/" + l.names[l.next].Name()
		l.next++
		data, err := trusted.ReadInto(l.room, l.fs, file, maxOpened)
		if err != nil {
			return flaw.Unread(l.dir+file, err)
		}
		l.room = data
		e, err := l.reader.Read(data)
		switch {
		case err != nil:
			l.bad(flaw.Flaw{Code: "opened", Index: n, File: file, Args: []any{"why", err}})
		case e.Index != n:
			l.bad(flaw.Flaw{Code: "opened", Index: n, File: file, Args: []any{"why", flaw.Because("index", "index", i18n.Nominal(e.Index))}})
		case run.Hashes != nil && tree.LeafHash(e.Commitment[:]) != [32]byte(run.Hashes[i*32:]):
			l.bad(flaw.Flaw{Code: "commitment", Index: n, File: file, Class: e.Class})
		default:
			l.judge.Entry(&e)
			continue
		}
		l.judge.Bad(n)
	}
	if l.Progress != nil {
		l.Progress(l.done+run.First+int64(run.N), l.total)
	}
	return nil
}
