package acts

import (
	"errors"
	"io/fs"
	"slices"
	"strings"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/ledger/proof"
	"github.com/noroshi-acd/noroshi/ledger/verify/flaw"
	"github.com/noroshi-acd/noroshi/ledger/verify/opened"
	"github.com/noroshi-acd/noroshi/ledger/verify/trusted"
	"github.com/noroshi-acd/noroshi/oversight/act"
)

// maxContent is the size from which on a payload is refused.
const maxContent = 64 << 20

// payloads is which contents of a log are there and which are not.
type payloads struct {
	listed  map[string]bool // file names; true once an entry has named it
	present map[kept][]int64
	missing map[kept][]int64
}

// kept is what one key is kept for: the data of one class, warrant and day.
type kept struct {
	warrant paper.Digest
	day     string
	class   proof.Class
}

func newPayloads() payloads {
	return payloads{listed: map[string]bool{}, present: map[kept][]int64{}, missing: map[kept][]int64{}}
}

// list reads which contents the export of the log has.
func (j *Judge) list() {
	dir, err := fs.ReadDir(j.log.FS, "content")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		j.tell(flaw.Flaw{Code: "file", Log: j.log.Origin, Rank: j.log.Rank, Index: flaw.None, File: "content", Args: []any{"why", err}})
	}
	for _, d := range dir {
		j.log.payload.listed[d.Name()] = false
	}
}

// content reads the payload of an entry; there is false when the export has none, or
// not the right one.
func (j *Judge) content(e *opened.Entry) (env *paper.Envelope, digest paper.Digest, there bool) {
	l := j.log
	if len(l.payload.listed) == 0 {
		j.list()
		l.payload.listed[""] = true // asked
	}
	name := strings.TrimPrefix(string(e.Content), "sha256:")
	if _, ok := l.payload.listed[name]; !ok {
		if j.strict {
			k := kept{e.Warrant, e.At.Day(), e.Class}
			l.payload.missing[k] = append(l.payload.missing[k], e.Index)
		}
		return nil, "", false
	}
	l.payload.listed[name] = true
	data, err := trusted.ReadFile(l.FS, "content/"+name, maxContent)
	switch {
	case err != nil:
		j.bad(e, "content-file", "why", err)
		return nil, "", false
	case paper.DigestOf(data) != e.Content:
		j.bad(e, "content")
		return nil, "", false
	}
	if e.Warrant != "" {
		k := kept{e.Warrant, e.At.Day(), e.Class}
		l.payload.present[k] = append(l.payload.present[k], e.Index)
	}
	if e.Paper == "" {
		return nil, e.Content, true
	}
	got := j.known.Envelope(e.Content, data)
	switch {
	case got.Err != nil:
		j.bad(e, "paper", "why", got.Err)
		return nil, "", false
	case got.Digest != e.Paper:
		j.bad(e, "paper-other")
		return nil, "", false
	}
	return got.Envelope, e.Content, true
}

// missing tells contents that are not there and that nothing says are disposed of, and
// files that no entry names.
func (j *Judge) missing() {
	l := j.log
	var indices []int64
	for k, list := range l.payload.missing {
		if k.warrant == "" || !l.excused(k, list) {
			indices = append(indices, list...)
		}
	}
	slices.Sort(indices)
	for _, i := range indices {
		j.bad(&opened.Entry{Index: i}, "content-missing")
	}
	var stray []string
	for name, named := range l.payload.listed {
		if !named {
			stray = append(stray, name)
		}
	}
	slices.Sort(stray)
	// An entry that cannot be read names no payload: its own is not a stranger.
	own := l.unread
	if j.strict {
		own += l.sealed.Within(0, l.Size)
	}
	for _, name := range stray[min(int(own), len(stray)):] {
		j.tell(flaw.Flaw{Code: "stray", Log: l.Origin, Rank: l.Rank, Index: flaw.None, File: "content/" + name})
	}
}

// excused says whether the proof that payloads were disposed of may be one of the entries
// that are told to be wrong themselves: then that entry is the bad one. Each may be the
// proof for one warrant and day.
func (l *Log) excused(k kept, list []int64) bool {
	type of struct {
		warrant paper.Digest
		day     string
	}
	groups := map[of]bool{}
	for o := range l.payload.missing {
		if o.class != proof.Disposal {
			groups[of{o.warrant, o.day}] = true
		}
	}
	return k.class != proof.Disposal && len(groups) <= len(l.proofs) && list[len(list)-1] < slices.Max(l.proofs)
}

// disposal judges the proof of a disposal: what it says is gone is not there, and is not
// more than what there was.
//
// Invariant 7: what was disposed of is in no export. Invariant 8: which class, how many,
// which key and when stands in a signed paper, and the entries bear it out.
func (j *Judge) disposal(p *signed) {
	var d proof.KeyDeath
	if err := p.envelope.Open(proof.DisposalType, &d); err != nil {
		j.bad(p.Entry, "paper", "why", err)
		return
	}
	l := j.log
	if d.Origin != l.Origin || !j.byBody(p, l.Body) {
		j.bad(p.Entry, "keeper")
	} else {
		j.erased.Dead(act.Place{Index: p.Index, Origin: l.Origin}, d, l.Body)
	}
	if p.Warrant != "" && p.Warrant != d.Warrant || p.At < d.At-Skew {
		j.bad(p.Entry, "paper-differs")
	}
	for _, c := range d.Classes() {
		k := kept{d.Warrant, d.Day, c.Class}
		gone, left := l.payload.missing[k], l.payload.present[k]
		for _, i := range left {
			j.bad(&opened.Entry{Index: i, Entry: proof.Entry{Class: c.Class}}, "disposed-readable", "disposal", p.Index)
		}
		// The rest are entries whose own keys died with their payloads: nobody opens them.
		found, rest := int64(len(gone)+len(left)), c.N-int64(len(gone)+len(left))
		if rest < 0 || j.strict && rest > l.hidden-l.buried {
			j.bad(p.Entry, "disposal-count", "class", string(c.Class), "n", c.N, "found", found)
			rest = 0
		}
		l.buried += rest
		l.credit += rest
		j.count.Disposed += rest
		j.count.Disposed += int64(len(gone))
		delete(l.payload.missing, k)
		delete(l.payload.present, k)
	}
}
