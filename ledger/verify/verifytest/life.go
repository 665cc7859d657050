package verifytest

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"github.com/noroshi-acd/noroshi/authority/grant"
	"github.com/noroshi-acd/noroshi/authority/liveness"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime"
	"github.com/noroshi-acd/noroshi/authority/trust"
	"github.com/noroshi-acd/noroshi/authority/warrant"
	"github.com/noroshi-acd/noroshi/authority/warrant/warranttest"
	"github.com/noroshi-acd/noroshi/books"
	"github.com/noroshi-acd/noroshi/ledger/proof"
	"github.com/noroshi-acd/noroshi/ledger/verify/archive"
)

// Begin is the instant at which the first window begins.
const Begin = warranttest.Now

// Warrants is how many warrants of a collection there are; the last one is revoked
// half-way. Inquiries is how many of queries: one, and its two children.
const (
	Warrants  = 3
	Inquiries = 3
)

// Options say how long a life is made.
type Options struct {
	Minutes int   // windows of each warrant and link
	Queries int   // in each minute, by two children of one warrant in turn
	MaxUses int64 // the cap of that warrant, which each child has too; 0: more than enough
	Seed    string
	World   func(*warranttest.World) // changes the world before it begins; may be nil
}

// Made is a life of two logs that is all right.
type Made struct {
	World           *warranttest.World
	Decisions, Acts *Log
	Export          *archive.Memory
	Root            paper.Digest // fingerprint of the trust root
	End             paper.Time   // of the latest checkpoints
	Revoked         paper.Digest // the warrant that was
	options         Options
	warrants        []paper.Digest
	inquiries       []paper.Digest // the warrant for queries, then its children
	accounts        []*account
	open            map[paper.ID]paper.Digest // by account and minute
	number          int64                     // of the last statement
	err             error
}

// account is the books of a warrant and link, and what flows in a minute.
type account struct {
	warrant paper.Digest
	link    paper.ID
	tap     string
	flow    int64 // records that leave in a minute; 0 once the warrant is revoked
	counts  map[books.Sheet]map[books.Name]int64
	pages   int64
}

// Make makes a life.
func Make(o Options) (*Made, error) {
	w, err := warranttest.New(trust.Lab, func(w *warranttest.World) {
		w.Collection.Kinds = []regime.Kind{regime.Collection, regime.Query}
		if o.World != nil {
			o.World(w)
		}
	})
	if err != nil {
		return nil, err
	}
	m := &Made{World: w, options: o, open: map[paper.ID]paper.Digest{}, Root: w.Roots[0].Digest()}
	witnesses := []string{"witness-1.example", "witness-2.example", "witness-4.example"}
	m.Decisions = &Log{Origin: warranttest.Decisions, Signer: "log-decisions", World: w, Witnesses: witnesses}
	m.Acts = &Log{Origin: warranttest.Acts, Signer: "log-acts", World: w, Witnesses: witnesses}
	m.decide()
	for k := -1; k <= o.Minutes+1; k++ {
		m.minute(k)
	}
	m.last()
	if m.err != nil {
		return nil, m.err
	}
	return m, m.write()
}

func (m *Made) write() error {
	m.Export = archive.NewMemory(map[string][]byte{})
	root, err := m.World.Roots[0].Marshal()
	if err != nil {
		return err
	}
	m.Export.Set("root/000001.json", root)
	for d, p := range m.World.Profiles {
		text, err := paper.Marshal(p)
		if err != nil {
			return err
		}
		m.Export.Set("profiles/"+string(d[len("sha256:"):])+".json", text)
	}
	m.Decisions.Write(m.Export, 0)
	m.Acts.Write(m.Export, 0)
	return nil
}

// Add appends an entry to a log. payload is a signed envelope, or bytes.
func (m *Made) Add(l *Log, at paper.Time, class proof.Class, under paper.Digest, payload any) *Entry {
	e := m.Entry(l, at, class, under, payload)
	if e.Key = sha256.Sum256(fmt.Appendf(nil, "%s %s %d", m.options.Seed, l.Origin, len(l.Entries))); m.err == nil {
		m.err = e.finish(len(l.Entries))
	}
	l.Entries = append(l.Entries, e)
	return e
}

// Entry makes an entry without a place in a log.
func (m *Made) Entry(l *Log, at paper.Time, class proof.Class, under paper.Digest, payload any) *Entry {
	e := &Entry{Entry: proof.Entry{At: at, Class: class, Role: "registrar", Warrant: under}}
	if l == m.Acts {
		e.Role = "acquirer"
	}
	if under != "" {
		e.Instrument = "lab/collection"
	}
	switch p := payload.(type) {
	case *paper.Envelope:
		var err error
		if e.Payload, err = p.Marshal(); err != nil && m.err == nil {
			m.err = err
		}
		e.Paper = p.Digest()
	case []byte:
		e.Payload = p
	}
	e.Content = paper.DigestOf(e.Payload)
	return e
}

// Sealed signs a paper with the keys of those names.
func (m *Made) Seal(payloadType string, v any, names ...string) *paper.Envelope {
	signers := make([]paper.Signer, len(names))
	for i, n := range names {
		signers[i] = m.World.Signer(n)
	}
	e, err := paper.Seal(payloadType, v, signers...)
	if err != nil && m.err == nil {
		m.err = err
	}
	return e
}

// stamp has witnesses look at both logs.
func (m *Made) stamp(at paper.Time) {
	for _, l := range []*Log{m.Decisions, m.Acts} {
		n := int64(len(l.Entries))
		if k := len(l.Stamps); k > 0 && l.Stamps[k-1].Size == n {
			continue
		}
		l.Stamps = append(l.Stamps, Stamp{n, at})
	}
	m.End = at
}

// decide is what the commission does before: it takes applications, decides, and gives
// warrants.
func (m *Made) decide() {
	d, at := m.Decisions, Begin-600
	m.Add(d, at, proof.Trust, "", m.World.Roots[0])
	m.Add(m.Acts, at, proof.Build, "", []byte("the program"))
	for i := range Warrants {
		x := m.World.CollectionWarrant()
		x.ID, x.Case, x.Nonce = paper.ID(fmt.Sprintf("w/%d", i)), paper.ID(fmt.Sprintf("case/%d", i)), warranttest.Nonce(fmt.Sprint("warrant ", i))
		x.Application.Index, x.Decision.Index = int64(len(d.Entries)), int64(len(d.Entries))+1
		m.Add(d, at, proof.Application, "", fmt.Appendf(nil, "application %d", i))
		m.Add(d, at, proof.Decision, "", fmt.Appendf(nil, "decision %d", i))
		e := m.Seal(warrant.Type, x, "member-1", "member-2", "member-3")
		m.Add(d, at, proof.Warrant, e.Digest(), e)
		m.warrants = append(m.warrants, e.Digest())
		for k, link := range x.Scope.Links {
			m.accounts = append(m.accounts, &account{
				warrant: e.Digest(), link: link.ID, tap: fmt.Sprintf("tap-%d", k+1), flow: int64(10 + 3*i + k), counts: map[books.Sheet]map[books.Name]int64{},
			})
		}
	}
	m.inquire(at)
	m.stamp(at + 10)
}

// inquire is how queries are permitted: the commission gives a warrant, and its holder
// two children with the same caps.
func (m *Made) inquire(at paper.Time) {
	d, x := m.Decisions, m.World.QueryWarrant(regime.Query)
	x.Scope.MaxUses = cmp.Or(m.options.MaxUses, 1<<40)
	x.Application.Index, x.Decision.Index = int64(len(d.Entries)), int64(len(d.Entries))+1
	m.Add(d, at, proof.Application, "", []byte("application to ask"))
	m.Add(d, at, proof.Decision, "", []byte("decision on asking"))
	first := m.Seal(warrant.Type, x, "member-1", "member-2", "member-3")
	m.Add(d, at, proof.Warrant, first.Digest(), first)
	m.inquiries = []paper.Digest{first.Digest()}
	for _, id := range []paper.ID{"w/query-1-a", "w/query-1-b"} {
		child, err := warrant.Child(first, m.World.Key("hub"), id, warranttest.Nonce(string(id)))
		if err != nil {
			m.err = err
			return
		}
		e := m.Seal(warrant.Type, child, "hub")
		m.Add(m.Acts, at, proof.Warrant, e.Digest(), e)
		m.inquiries = append(m.inquiries, e.Digest())
	}
}

// minute is the k-th minute: the windows before are closed and their books too, the
// windows after are opened, something is asked, witnesses look.
func (m *Made) minute(k int) {
	at := Begin + paper.Time(60*k)
	half := m.options.Minutes / 2
	m.say(at, k)
	if k == half {
		m.Revoked = m.warrants[Warrants-1]
		m.Add(m.Decisions, at+3, proof.Revocation, m.Revoked, m.Seal(warrant.RevocationType, warrant.Revocation{At: at + 2, Reason: "the botnet is gone", Warrant: m.Revoked}, "member-1", "member-2", "member-4"))
	}
	m.say(at+4, k)
	for _, a := range m.accounts {
		m.close(a, k-1)
	}
	for _, a := range m.accounts {
		if k+1 < m.options.Minutes && k+1 >= 0 && !(a.warrant == m.Revoked) {
			m.window(a, k+1)
		}
	}
	for i := range m.options.Queries {
		m.Add(m.Acts, at+20, proof.Query, m.inquiries[1+i%2], fmt.Appendf(nil, "query %d in minute %d", i, k))
	}
	m.say(at+25, k)
	m.stamp(at + 30)
}

// say has the commission state what stands.
func (m *Made) say(at paper.Time, _ int) {
	m.number++
	live := slices.DeleteFunc(slices.Clone(m.warrants), func(d paper.Digest) bool { return d == m.Revoked })
	live = append(live, m.inquiries[0])
	m.Add(m.Decisions, at, proof.Liveness, "", m.Seal(liveness.Type, m.World.Statement(m.number, at, live...), "liveness"))
}

func (a *account) id(k int) paper.ID {
	return paper.ID(fmt.Sprintf("%s %s %d", a.warrant, a.link, k))
}

// window opens the k-th window.
func (m *Made) window(a *account, k int) {
	from := Begin + paper.Time(60*k)
	o := grant.Open{
		Edge: m.World.Key("edge"), Tap: m.World.Key(a.tap), From: from, To: from + 60, Link: a.link,
		MaxBytes: 100000, MaxRecords: 1000, Nonce: warranttest.Nonce(string(a.id(k))), SelectorSet: 4, Warrant: a.warrant,
	}
	e := m.Seal(grant.OpenType, o, "hub")
	m.open[a.id(k)] = e.Digest()
	m.Add(m.Acts, from-60+10, proof.GrantOpen, a.warrant, e)
}

// close closes the k-th window, when it was opened, and the books of its minute.
func (m *Made) close(a *account, k int) {
	from := Begin + paper.Time(60*k)
	if k < 0 || k >= m.options.Minutes {
		return
	}
	out := a.flow + int64(k%4)
	if a.warrant == m.Revoked && k > m.options.Minutes/2 {
		out = 0
	}
	if opened, ok := m.open[a.id(k)]; ok {
		c := grant.Close{At: from + 65, Batches: books.Root(nil), Open: opened, Counts: []grant.Count{
			{Party: "edge", Name: "forwarded", N: out}, {Party: "edge", Name: "seen", N: 9 * out}, {Party: "tap", Name: "copied", N: 9 * out},
		}}
		m.Add(m.Acts, from+65, proof.GrantClose, a.warrant, m.Seal(grant.CloseType, c, a.tap, "edge"))
	}
	a.pages++
	for _, s := range books.Sheets() {
		p := books.NewPage(s, a.warrant, a.link, a.pages, from, from+62, a.add(s, out))
		p.Last = k == m.options.Minutes-1
		m.Add(m.Acts, from+66, proof.Books, a.warrant, m.Seal(books.PageType, p, map[paper.ID]string{"tap": a.tap, "edge": "edge", "hub": "hub"}[s.Party()]))
	}
}

// add counts a minute in which out records leave, and gives the sheet's counters.
func (a *account) add(s books.Sheet, out int64) map[books.Name]int64 {
	if a.counts[s] == nil {
		a.counts[s] = map[books.Name]int64{}
	}
	c := a.counts[s]
	for name, n := range map[books.Sheet]map[books.Name]int64{
		books.Tap:     {books.Offered: 10 * out, books.OutOfScope: out, books.Copied: 9 * out},
		books.EdgeIn:  {books.Seen: 9 * out, books.DomesticOrNot: 5 * out, books.Unselected: 3 * out, books.Selected: out},
		books.EdgeOut: {books.Taken: out, books.Forwarded: out},
		books.HubIn:   {books.Received: out, books.Stored: out},
		books.HubKept: {books.Stored: out, books.Held: out},
	}[s] {
		c[name] += n
	}
	return c
}

// Discarded is how many results are disposed of, Closed how many entries stay sealed.
const (
	Discarded = 12
	Closed    = 3
)

// last is the end of a period: results are disposed of, a few entries stay sealed, both
// keepers count.
func (m *Made) last() {
	at := m.End + 20
	for i := range Discarded {
		e := m.Add(m.Acts, at, proof.Result, m.warrants[0], fmt.Appendf(nil, "result %d", i))
		e.Payload = nil
	}
	for i := range Closed {
		m.Add(m.Acts, at, proof.Disclosure, m.warrants[0], fmt.Appendf(nil, "disclosure %d", i)).Sealed = true
	}
	key := sha256.Sum256([]byte("the day's key"))
	m.Add(m.Acts, at+1, proof.Disposal, m.warrants[0], m.Seal(proof.DisposalType, proof.KeyDeath{
		At: at + 1, Day: at.Day(), Origin: m.Acts.Origin, Warrant: m.warrants[0],
		Keys: []proof.Disposed{{Class: proof.Result, Key: paper.Digest("sha256:" + hex.EncodeToString(key[:])), N: Discarded}},
	}, "agency-1"))
	m.stamp(at + 5)
	report := m.Report(m.Acts)
	m.Add(m.Acts, at+6, proof.Period, "", m.Seal(proof.PeriodType, report, "agency-1"))
	m.Add(m.Decisions, at+6, proof.Period, "", m.Seal(proof.PeriodType, report, "agency-1", "member-1"))
	m.Add(m.Decisions, at+6, proof.Period, "", m.Seal(proof.PeriodType, m.Report(m.Decisions), "member-1"))
	m.stamp(at + 10)
	for _, l := range []*Log{m.Decisions, m.Acts} {
		for _, s := range l.Stamps[len(l.Stamps)/2:] {
			l.Kept = append(l.Kept, s.Size)
		}
	}
}

// Report counts all entries of a log so far.
func (m *Made) Report(l *Log) proof.PeriodReport {
	r := proof.PeriodReport{Last: int64(len(l.Entries)), Origin: l.Origin, Sealed: []proof.Sealed{}, Counts: []proof.PeriodCount{}}
	counts := map[proof.PeriodCount]int64{}
	sealed := int64(0)
	for _, e := range l.Entries {
		counts[proof.PeriodCount{Class: e.Class, Instrument: e.Instrument, Role: e.Role}]++
		if e.Sealed {
			sealed++
		}
	}
	for c, n := range counts {
		c.N = n
		r.Counts = append(r.Counts, c)
	}
	slices.SortFunc(r.Counts, func(a, b proof.PeriodCount) int {
		if a.Class+proof.Class(a.Instrument)+proof.Class(a.Role) < b.Class+proof.Class(b.Instrument)+proof.Class(b.Role) {
			return -1
		}
		return 1
	})
	if sealed > 0 {
		r.Sealed = append(r.Sealed, proof.Sealed{N: sealed, Reason: "investigation", Until: "2027-01-01"})
	}
	return r
}

// Warrant gives the digest of the i-th warrant.
func (m *Made) Warrant(i int) paper.Digest { return m.warrants[i] }
