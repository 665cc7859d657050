package oversee

import (
	"cmp"
	"slices"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/ledger/proof"
	"github.com/noroshi-acd/noroshi/oversight/act"
)

// Entry is an opened entry with its paper, and what the verifier can say about it.
type Entry struct {
	Index    int64
	Class    proof.Class
	Digest   paper.Digest
	Envelope *paper.Envelope
	Keeper   paper.ID                      // the body that keeps the log
	Signed   func(body paper.ID) bool      // by a key of the body
	Root     func(size int64) paper.Digest // of the log; empty where its tiles do not say
	Whole    bool                          // everything before it is opened
}

// Flaw is what is wrong with an entry; Code is empty when nothing is.
type Flaw struct {
	Code string
	Args []any
}

// Owed is an entry to which an answer is owed.
type Owed struct {
	Index int64
	Class proof.Class
	Due   paper.Time
	body  paper.ID // by whom
}

// Record is what one log has said of oversight so far. The zero one is empty; it is for
// one goroutine.
type Record struct {
	samples map[paper.Digest]*sample
	owed    map[paper.Digest]Owed
	redress []redress
	done    map[paper.Digest]bool // papers that say that redress was done
}

// sample is a commitment at its place.
type sample struct {
	act.Commitment
	index int64
	drawn int64 // the inspection's entry; 0: none, since a commitment comes before it
}

// redress is redress that is owed.
type redress struct {
	act.Redress
	digest paper.Digest
}

// Take takes the next entry in. A paper that cannot be read, or of another type than its
// class has, is passed over: that is told elsewhere.
func (r *Record) Take(e *Entry) Flaw {
	if r.owed == nil {
		r.samples, r.owed, r.done = map[paper.Digest]*sample{}, map[paper.Digest]Owed{}, map[paper.Digest]bool{}
	}
	switch e.Class {
	case proof.Sample:
		return r.commitment(e)
	case proof.Inspection:
		return r.inspection(e)
	case proof.Mistake, proof.Demand, proof.Recommendation, proof.Complaint:
		if due, body := due(e); due != 0 {
			r.owed[e.Digest] = Owed{e.Index, e.Class, due, body}
		}
	case proof.Redress:
		r.redressed(e)
	case proof.Answer:
		var a act.Answer
		if e.Envelope.Open(act.AnswerType, &a) == nil && e.Signed(e.Keeper) {
			r.settle(a.Complaint, e.Keeper, proof.Complaint)
		}
	case proof.FollowUp:
		var f act.FollowUp
		if e.Envelope.Open(act.FollowUpType, &f) == nil && f.State != act.Begun && e.Signed(f.Body) {
			r.settle(f.Paper, f.Body, proof.Mistake, proof.Demand, proof.Recommendation)
		}
	}
	return Flaw{}
}

// settle ends what a body owes to a paper of one of these classes.
//
// Invariant 26: nobody answers in the place of the body whose error it is.
func (r *Record) settle(d paper.Digest, body paper.ID, classes ...proof.Class) {
	if o := r.owed[d]; o.body == body && slices.Contains(classes, o.Class) {
		delete(r.owed, d)
	}
}

// due is by when an answer to a paper is owed, and by whom; 0: none is.
func due(e *Entry) (paper.Time, paper.ID) {
	var m act.Mistake
	var d act.Demand
	var n act.Recommendation
	var c act.Complaint
	switch {
	case e.Class == proof.Mistake && e.Envelope.Open(act.MistakeType, &m) == nil:
		return m.Due, m.Body
	case e.Class == proof.Demand && e.Envelope.Open(act.DemandType, &d) == nil:
		return d.Due, d.Body
	case e.Class == proof.Recommendation && e.Envelope.Open(act.RecommendationType, &n) == nil:
		return n.Due, n.Body
	case e.Class == proof.Complaint && e.Envelope.Open(act.ComplaintType, &c) == nil:
		return c.At + act.AnswerWithin, e.Keeper
	}
	return 0, ""
}

func (r *Record) commitment(e *Entry) Flaw {
	var c act.Commitment
	if e.Envelope.Open(act.CommitmentType, &c) != nil {
		return Flaw{}
	}
	if r.samples[e.Digest] == nil { // the first entry of it counts
		r.samples[e.Digest] = &sample{Commitment: c, index: e.Index}
		r.owed[e.Digest] = Owed{e.Index, e.Class, c.At + act.DrawnWithin, e.Keeper}
	}
	if !e.Signed(e.Keeper) {
		return Flaw{Code: "keeper"}
	}
	return Flaw{}
}

// inspection judges the sample of an inspection: it is the one that its commitment gives.
//
// Invariant 28: who steers a sample is named by whoever has the log.
func (r *Record) inspection(e *Entry) Flaw {
	var i act.Inspection
	if e.Envelope.Open(act.InspectionType, &i) != nil || i.Sample == nil {
		return Flaw{}
	}
	s := r.samples[i.Sample.Commitment]
	switch {
	case s == nil && !e.Whole:
		return Flaw{} // the commitment may be one of those that are not opened
	case s == nil:
		return Flaw{Code: "sample-none"}
	case s.drawn != 0:
		return Flaw{"sample-again", []any{"index", s.drawn}}
	case !e.Signed(e.Keeper):
		return Flaw{Code: "keeper"}
	}
	root := e.Root(s.index + 1)
	if root == "" {
		root = i.Sample.Root // a tile is not right, which is told; the rest is judged
	}
	s.drawn = e.Index
	if bad, at := act.Judge(s.Commitment, s.index, root, &i); bad != "" {
		return Flaw{string(bad), []any{"size", s.index + 1, "index", at.Index, "origin", at.Origin}}
	}
	delete(r.owed, i.Sample.Commitment)
	return Flaw{}
}

// redressed notes redress that is owed, or that it was done, by the body that owes it, in
// that form and amount, and of those data. One paper says it once.
func (r *Record) redressed(e *Entry) {
	var d act.Redress
	if e.Envelope.Open(act.RedressType, &d) != nil {
		return
	}
	if !d.Done {
		r.owed[e.Digest] = Owed{e.Index, e.Class, d.Due, d.Body}
		r.redress = append(r.redress, redress{d, e.Digest})
		return
	}
	i := slices.IndexFunc(r.redress, func(o redress) bool {
		return o.Body == d.Body && o.Mistake == d.Mistake && o.Paper == d.Paper && o.Remedy == d.Remedy && o.Amount == d.Amount && o.Currency == d.Currency && slices.Equal(o.Data, d.Data)
	})
	if i >= 0 && !r.done[e.Digest] && e.Signed(d.Body) {
		r.done[e.Digest] = true
		delete(r.owed, r.redress[i].digest)
		r.redress = slices.Delete(r.redress, i, i+1)
	}
}

// Range is the entries from which a commitment has a sample drawn.
type Range struct {
	Index  int64 // of the commitment's entry
	Origin string
	Last   int64 // one after the end
}

// Ranges gives those of all commitments, in the order of the log.
func (r *Record) Ranges() []Range {
	var list []Range
	for _, s := range r.samples {
		list = append(list, Range{s.index, s.Origin, s.Last})
	}
	slices.SortFunc(list, func(a, b Range) int { return cmp.Compare(a.Index, b.Index) })
	return list
}

// Overdue gives to what an answer was due at an instant, in the order of the log.
func (r *Record) Overdue(now paper.Time) []Owed {
	var list []Owed
	for _, o := range r.owed {
		if o.Due <= now {
			list = append(list, o)
		}
	}
	slices.SortFunc(list, func(a, b Owed) int { return cmp.Compare(a.Index, b.Index) })
	return list
}
