package papers

import (
	"crypto/rand"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/noroshi-acd/noroshi/authority/desk"
	"github.com/noroshi-acd/noroshi/authority/draft"
	"github.com/noroshi-acd/noroshi/authority/grant"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/shelf"
	"github.com/noroshi-acd/noroshi/authority/trust"
	"github.com/noroshi-acd/noroshi/authority/unmet"
	"github.com/noroshi-acd/noroshi/authority/warrant"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/internal/keyfile"
	"github.com/noroshi-acd/noroshi/internal/usage"
)

// NewGrant makes the verb grant.
func NewGrant(d *desk.Desk) *cobra.Command {
	return group(d, "grant", d.Say("papers.grant.short"), d.Say("papers.grant.long"), grantOpen(d), grantClose(d), grantList(d))
}

// opening is a window as its flags ask for it.
type opening struct {
	link, tap, edge, live, out, key string
	minute                          int
	set, records, bytes             int64
}

func grantOpen(d *desk.Desk) *cobra.Command {
	var o opening
	c := &cobra.Command{Use: "open WARRANT...", Short: d.Say("papers.grant.open"), Long: d.Say("papers.grant.open_long"), Args: usage.Args(d.Lang, 1, warrant.MaxDepth)}
	fl := c.Flags()
	fl.StringVar(&o.link, "link", "", d.Say("papers.use.link"))
	fl.StringVar(&o.tap, "tap", "", d.Say("papers.flag.tap"))
	fl.StringVar(&o.edge, "edge", "", d.Say("papers.flag.edge"))
	fl.StringVar(&o.live, "live", "", d.Say("papers.flag.live"))
	fl.StringVar(&o.out, "out", "", d.Say("papers.flag.out_grant"))
	fl.IntVar(&o.minute, "ahead", 1, d.Say("papers.flag.ahead"))
	fl.Int64Var(&o.set, "selector-set", 0, d.Say("papers.use.selector-set"))
	fl.Int64Var(&o.records, "max-records", 0, d.Say("papers.flag.records"))
	fl.Int64Var(&o.bytes, "max-bytes", 0, d.Say("papers.flag.bytes"))
	signFlags(d, c, &o.key)
	c.RunE = func(_ *cobra.Command, args []string) error {
		if err := need("--link", o.link, "--tap", o.tap, "--edge", o.edge, "--live", o.live, "--out", o.out, "--key", o.key); err != nil {
			return err
		}
		return o.run(d, args)
	}
	return c
}

func (o *opening) run(d *desk.Desk, files []string) error {
	t, v, err := d.Trusted()
	if err != nil {
		return err
	}
	all, w, err := chain(files)
	if err != nil {
		return err
	}
	p, err := o.paper(v, all[len(all)-1].Digest())
	if err != nil {
		return err
	}
	register, used, err := held(filepath.Dir(o.out), all)
	if err != nil {
		return err
	}
	live, list, err := verified(o.live, v)
	if err != nil {
		return err
	}
	clock := warrant.Clock{Earliest: v.At(), Latest: v.At()}
	use := warrant.Use{
		Kind: w.Kind, Instrument: w.Instrument, Purpose: w.Purpose, Case: w.Case, Actor: w.Holder, Link: p.Link, Tap: p.Tap.ID(),
		DirectionTable: w.Scope.DirectionTable, SelectorSet: p.SelectorSet}
	for _, u := range used {
		use.Above = append(use.Above, warrant.Counts{Records: u.Records + p.MaxRecords, Bytes: u.Bytes + p.MaxBytes})
	}
	last := len(use.Above) - 1
	use.Counts, use.Above = use.Above[last], use.Above[:last]
	if len(w.Scope.Effects) > 0 {
		use.Effect = w.Scope.Effects[0]
	}
	if len(w.Scope.Directions) > 0 {
		use.Direction = w.Scope.Directions[0]
	}
	checked, more := warrant.Check(warrant.Input{Chain: all, View: v, Profiles: t.Profile, Use: use, Liveness: live, Clock: clock, Start: true})
	if list = append(list, more...); checked == nil {
		return d.Judge("", v.At().Time(), list, nil, "")
	}
	e, err := paper.Seal(grant.OpenType, p)
	if err != nil {
		return shelf.Faulty(o.out, err)
	}
	about, err := d.Sign(o.out, e, o.key)
	if err != nil {
		return err
	}
	// The receipt comes after this: the open has to be recorded before it is a grant.
	_, list = grant.VerifyOpen(grant.OpenInput{Envelope: e, Warrant: checked, View: v, Liveness: live, Clock: clock, Earlier: register, Used: used[len(used)-1], Above: used[:len(used)-1]})
	list = slices.DeleteFunc(list, func(u unmet.Unmet) bool { return u.Code == "receipt-none" })
	if len(list) > 0 {
		return d.Judge(e.Digest(), v.At().Time(), list, nil, "")
	}
	if err := shelf.Create(o.out, e); err != nil {
		return err
	}
	return d.Result(desk.Describe(o.out, e, about), d.Page(about)+d.Wrapped("", d.Say("papers.grant.next", "file", o.out)))
}

// paper makes the open for a whole UTC minute.
func (o *opening) paper(v *trust.View, w paper.Digest) (*grant.Open, error) {
	tap, err := keyfile.LoadPublic(o.tap)
	if err != nil {
		return nil, err
	}
	edge, err := keyfile.LoadPublic(o.edge)
	if err != nil {
		return nil, err
	}
	nonce, err := draft.Nonce(rand.Reader)
	if err != nil {
		return nil, err
	}
	if o.minute < 0 || o.minute > grant.Ahead {
		return nil, desk.Wrong(fault.Invalid, fault.Place{Field: "--ahead"}, "papers.ahead", "most", grant.Ahead)
	}
	from := v.At()/60*60 + paper.Time(60*o.minute)
	return &grant.Open{
		Warrant: w, Link: paper.ID(o.link), From: from, To: from.Add(grant.Window), SelectorSet: o.set, MaxRecords: o.records, MaxBytes: o.bytes, Nonce: nonce,
		Tap: paper.PublicKey{Kind: paper.KindEd25519, Key: tap.Key}, Edge: paper.PublicKey{Kind: paper.KindEd25519, Key: edge.Key},
	}, nil
}

// entry is a grant in a folder: its open, and its close when there is one.
type entry struct {
	file   string
	open   grant.Open
	digest paper.Digest
	close  *grant.Close
	signed int // of the close, by tap and edge
}

// grants reads all opens and closes of a folder.
func grants(dir string) ([]entry, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		return nil, err
	}
	var all []entry
	type closed struct {
		c grant.Close
		e *paper.Envelope
	}
	var closes []closed
	for _, f := range files {
		e, err := shelf.Read(f)
		if err != nil {
			return nil, err
		}
		switch e.PayloadType {
		case grant.OpenType:
			x := entry{file: f, digest: e.Digest()}
			if err := e.Open(grant.OpenType, &x.open); err != nil {
				return nil, shelf.Faulty(f, err)
			}
			all = append(all, x)
		case grant.CloseType:
			x := closed{e: e}
			if err := e.Open(grant.CloseType, &x.c); err != nil {
				return nil, shelf.Faulty(f, err)
			}
			closes = append(closes, x)
		}
	}
	for i := range all {
		for _, x := range closes {
			if x.c.Open != all[i].digest {
				continue
			}
			if n := len(paper.Signers(x.e, []paper.PublicKey{all[i].open.Tap, all[i].open.Edge})); all[i].close == nil || n > all[i].signed {
				all[i].close, all[i].signed = &x.c, n
			}
		}
	}
	slices.SortStableFunc(all, func(a, b entry) int { return int(a.open.From - b.open.From) })
	return all, nil
}

// held is the register that a folder is: its grants, and what each warrant of the chain
// was used for, by those of its children too whose papers lie in the folder. A grant that
// is not closed counts with its caps.
func held(dir string, all []*paper.Envelope) ([]grant.Earlier, []grant.Used, error) {
	used := make([]grant.Used, len(all))
	parents, err := lineage(dir, all)
	if err != nil {
		return nil, nil, err
	}
	list, err := grants(dir)
	if err != nil {
		return nil, nil, err
	}
	var out []grant.Earlier
	for _, x := range list {
		done := x.signed == 2
		line := []paper.Digest{x.open.Warrant} // and all that is known above it
		for p := parents[x.open.Warrant]; p != "" && len(line) < warrant.MaxDepth; p = parents[p] {
			line = append(line, p)
		}
		out = append(out, grant.Earlier{Open: x.open, Digest: x.digest, Closed: done, First: line[len(line)-1]})
		records, bytes := x.took(done)
		for i, e := range all {
			if slices.Contains(line, e.Digest()) {
				used[i].Records, used[i].Bytes = used[i].Records+records, used[i].Bytes+bytes
			}
		}
	}
	return out, used, nil
}

// lineage gives the parents of the warrants of a chain, and of those in a folder.
func lineage(dir string, all []*paper.Envelope) (map[paper.Digest]paper.Digest, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		return nil, err
	}
	all = slices.Clone(all)
	for _, f := range files {
		e, err := shelf.Read(f)
		if err != nil {
			return nil, err
		}
		all = append(all, e)
	}
	parents := map[paper.Digest]paper.Digest{}
	for _, e := range all {
		var w warrant.Warrant
		if e.PayloadType == warrant.Type && e.Open(warrant.Type, &w) == nil {
			parents[e.Digest()] = w.Parent
		}
	}
	return parents, nil
}

// took is what a grant took, or could have.
func (x *entry) took(done bool) (records, bytes int64) {
	records, bytes = x.open.MaxRecords, x.open.MaxBytes
	if !done {
		return records, bytes
	}
	for _, n := range x.close.Counts {
		switch {
		case n.Party == "edge" && n.Name == "forwarded":
			records = n.N
		case n.Party == "edge" && n.Name == "forwarded-bytes":
			bytes = n.N
		}
	}
	return records, bytes
}

func grantClose(d *desk.Desk) *cobra.Command {
	var out, batches, key string
	var counts []string
	c := &cobra.Command{Use: "close GRANT", Short: d.Say("papers.grant.close"), Long: d.Say("papers.grant.close_long"), Args: usage.Args(d.Lang, 1, 1)}
	fl := c.Flags()
	fl.StringVar(&out, "out", "", d.Say("papers.flag.out_grant"))
	fl.StringVar(&batches, "batches", string(paper.DigestOf(nil)), d.Say("papers.flag.batches"))
	fl.StringSliceVar(&counts, "count", nil, d.Say("papers.flag.count"))
	signFlags(d, c, &key)
	c.RunE = func(_ *cobra.Command, args []string) error {
		if err := need("--out", out); err != nil {
			return err
		}
		var o grant.Open
		e, err := shelf.ReadAs(args[0], grant.OpenType, &o)
		if err != nil {
			return err
		}
		now, err := d.Now()
		if err != nil {
			return err
		}
		x := grant.Close{At: paper.TimeOf(now), Batches: paper.Digest(batches), Open: e.Digest(), Counts: []grant.Count{}}
		for _, text := range counts {
			n, err := count(text)
			if err != nil {
				return err
			}
			x.Counts = append(x.Counts, n)
		}
		slices.SortFunc(x.Counts, func(a, b grant.Count) int {
			return strings.Compare(string(a.Party)+"\x00"+string(a.Name), string(b.Party)+"\x00"+string(b.Name))
		})
		if x.At < o.From {
			return d.Judge(e.Digest(), now, []unmet.Unmet{{Place: "close.at", Code: "close-early"}}, nil, "")
		}
		return drafted(d, out, grant.CloseType, x, key)
	}
	return c
}

// count reads PARTY/NAME=N.
func count(text string) (grant.Count, error) {
	name, number, _ := strings.Cut(text, "=")
	party, what, ok := strings.Cut(name, "/")
	n, err := strconv.ParseInt(number, 10, 64)
	if !ok || err != nil || n < 0 || party != "tap" && party != "edge" {
		return grant.Count{}, desk.Wrong(fault.Invalid, fault.Place{Field: "--count"}, "papers.count", "text", text)
	}
	return grant.Count{N: n, Name: paper.ID(what), Party: paper.ID(party)}, nil
}

// listed is a grant in JSON results.
type listed struct {
	File   string       `json:"file"`
	Digest paper.Digest `json:"digest"`
	Link   paper.ID     `json:"link"`
	From   string       `json:"from"`
	To     string       `json:"to"`
	State  string       `json:"state"` // ahead, running, over, half-closed, closed, unclosed
}

// state says where a grant is in its life: unclosed is one that blocks its link.
func (x *entry) state(now paper.Time) string {
	switch {
	case x.signed == 2:
		return "closed"
	case now < x.open.From:
		return "ahead"
	case now < x.open.To:
		return "running"
	case now-x.open.To > paper.Time(grant.CloseAfter/time.Second):
		return "unclosed"
	case x.close != nil:
		return "half-closed"
	}
	return "over"
}

func grantList(d *desk.Desk) *cobra.Command {
	c := &cobra.Command{Use: "list [DIR]", Short: d.Say("papers.grant.list"), Long: d.Say("papers.grant.list_long"), Args: usage.Args(d.Lang, 0, 1)}
	c.Flags().StringVar(&d.At, "at", "", d.Say("trust.flag.at"))
	c.RunE = func(_ *cobra.Command, args []string) error {
		all, err := grants(append(args, ".")[0])
		if err != nil {
			return err
		}
		now, err := d.Now()
		if err != nil {
			return err
		}
		rows, text, bad := []listed{}, "", false
		for i := range all {
			x := &all[i]
			state := x.state(paper.TimeOf(now))
			bad = bad || state == "unclosed"
			rows = append(rows, listed{x.file, x.digest, x.open.Link, x.open.From.String(), x.open.To.String(), state})
			text += fmt.Sprintf("%s  %s  %s  %s\n", x.open.From, i18n.Pad(d.Say("papers.grant.state."+state), 24), i18n.Escape(string(x.open.Link)), i18n.Escape(filepath.Base(x.file)))
		}
		if len(all) == 0 {
			text = d.Wrapped(d.Say("papers.grant.none"))
		}
		if err := d.Result(rows, text); err != nil || !bad {
			return err
		}
		return usage.Status(1)
	}
	return c
}
