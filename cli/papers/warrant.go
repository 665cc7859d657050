package papers

import (
	"crypto/rand"
	"time"

	"github.com/spf13/cobra"

	"github.com/noroshi-acd/noroshi/authority/desk"
	"github.com/noroshi-acd/noroshi/authority/draft"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/shelf"
	"github.com/noroshi-acd/noroshi/authority/told"
	"github.com/noroshi-acd/noroshi/authority/unmet"
	"github.com/noroshi-acd/noroshi/authority/warrant"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/keyfile"
	"github.com/noroshi-acd/noroshi/internal/usage"
)

// NewWarrant makes the verb warrant.
func NewWarrant(d *desk.Desk) *cobra.Command {
	return group(d, "warrant", d.Say("papers.warrant.short"), d.Say("papers.warrant.long"),
		warrantNew(d), warrantShow(d), warrantCheck(d), warrantNarrow(d), warrantStop(d, true), warrantStop(d, false))
}

func warrantNew(d *desk.Desk) *cobra.Command {
	var from, out string
	c := &cobra.Command{Use: "new", Short: d.Say("papers.warrant.new"), Long: d.Say("papers.warrant.new_long"), Args: usage.Args(d.Lang, 0, 0)}
	c.Flags().StringVar(&from, "draft", "", d.Say("trust.root.flag_draft"))
	c.Flags().StringVar(&out, "out", "", d.Say("papers.flag.out"))
	c.RunE = func(_ *cobra.Command, _ []string) error {
		if err := need("--draft", from, "--out", out); err != nil {
			return err
		}
		t, v, err := d.Trusted()
		if err != nil {
			return err
		}
		w, err := draft.Read(from, v.At().Time())
		if err != nil {
			return err
		}
		x, err := w.Warrant(v, t.Profiles, rand.Reader)
		if err != nil {
			return err
		}
		e, err := paper.Seal(warrant.Type, x)
		if err != nil {
			return shelf.Faulty(from, err)
		}
		if list := draft.Faults([]*paper.Envelope{e}, v, t.Profile, max(v.At(), x.NotBefore)); len(list) > 0 {
			return d.Judge(e.Digest(), v.At().Time(), list, nil, "")
		}
		return drafted(d, out, warrant.Type, x, "")
	}
	return c
}

func warrantShow(d *desk.Desk) *cobra.Command {
	c := &cobra.Command{Use: "show FILE", Short: d.Say("papers.warrant.show"), Long: d.Say("papers.warrant.show_long"), Args: usage.Args(d.Lang, 1, 1)}
	c.RunE = func(_ *cobra.Command, args []string) error { return show(d, args[0]) }
	return c
}

// show says any paper in words.
func show(d *desk.Desk, file string) error {
	e, err := shelf.Read(file)
	if err != nil {
		return err
	}
	known, err := d.Known()
	if err != nil {
		return err
	}
	about, err := d.Tell(file, e, known)
	if err != nil {
		return err
	}
	return d.Show(file, e, about)
}

// chain reads a chain of warrants, the first one first, and the last as a paper.
func chain(files []string) ([]*paper.Envelope, *warrant.Warrant, error) {
	var all []*paper.Envelope
	w := new(warrant.Warrant)
	for _, f := range files {
		*w = warrant.Warrant{}
		e, err := shelf.ReadAs(f, warrant.Type, w)
		if err != nil {
			return nil, nil, err
		}
		all = append(all, e)
	}
	return all, w, nil
}

func warrantNarrow(d *desk.Desk) *cobra.Command {
	var from, out, holder, id, key string
	c := &cobra.Command{Use: "narrow WARRANT", Short: d.Say("papers.warrant.narrow"), Long: d.Say("papers.warrant.narrow_long"), Args: usage.Args(d.Lang, 1, 1)}
	fl := c.Flags()
	fl.StringVar(&from, "draft", "", d.Say("papers.flag.narrow"))
	fl.StringVar(&out, "out", "", d.Say("papers.flag.out"))
	fl.StringVar(&holder, "holder", "", d.Say("papers.flag.holder"))
	fl.StringVar(&id, "id", "", d.Say("papers.flag.id"))
	signFlags(d, c, &key)
	c.RunE = func(_ *cobra.Command, args []string) error {
		if err := need("--out", out, "--holder", holder, "--id", id); err != nil {
			return err
		}
		parents, parent, err := chain(args)
		if err != nil {
			return err
		}
		k, err := keyfile.LoadPublic(holder)
		if err != nil {
			return err
		}
		nonce, err := draft.Nonce(rand.Reader)
		if err != nil {
			return err
		}
		child, err := warrant.Child(parents[0], paper.PublicKey{Kind: paper.KindEd25519, Key: k.Key}, paper.ID(id), nonce)
		if err != nil {
			return shelf.Faulty(args[0], err)
		}
		now, err := d.Now()
		if err != nil {
			return err
		}
		if from != "" {
			w, err := draft.Read(from, now)
			if err != nil {
				return err
			}
			if err := w.Narrow(child); err != nil {
				return err
			}
		}
		if list := warrant.Narrow(parent, child); len(list) > 0 {
			return d.Judge(parents[0].Digest(), now, list, nil, "")
		}
		return drafted(d, out, warrant.Type, child, key)
	}
	return c
}

// warrantStop makes the verbs suspend and revoke.
func warrantStop(d *desk.Desk, suspend bool) *cobra.Command {
	var out, reason, key string
	var lasts time.Duration
	use, place := "revoke", "papers.warrant.revoke"
	if suspend {
		use, place = "suspend", "papers.warrant.suspend"
	}
	c := &cobra.Command{Use: use + " WARRANT", Short: d.Say(place), Long: d.Say(place + "_long"), Args: usage.Args(d.Lang, 1, 1)}
	fl := c.Flags()
	fl.StringVar(&out, "out", "", d.Say("papers.flag.out"))
	fl.StringVar(&reason, "reason", "", d.Say("papers.flag.reason"))
	if suspend {
		fl.DurationVar(&lasts, "lasts", 24*time.Hour, d.Say("papers.flag.lasts"))
	}
	signFlags(d, c, &key)
	c.RunE = func(_ *cobra.Command, args []string) error {
		if err := need("--out", out, "--reason", reason); err != nil {
			return err
		}
		all, _, err := chain(args)
		if err != nil {
			return err
		}
		now, err := d.Now()
		if err != nil {
			return err
		}
		at := paper.TimeOf(now)
		if !suspend {
			return drafted(d, out, warrant.RevocationType, warrant.Revocation{At: at, Reason: reason, Warrant: all[0].Digest()}, key)
		}
		if lasts < time.Second || lasts > warrant.MaxSuspensionS*time.Second {
			return desk.Wrong(fault.Invalid, fault.Place{Field: "--lasts"}, "papers.lasts")
		}
		return drafted(d, out, warrant.SuspensionType, warrant.Suspension{At: at, Until: at.Add(lasts), Reason: reason, Warrant: all[0].Digest()}, key)
	}
	return c
}

// stops verifies suspensions and revocations. One that is not rightly signed stops
// nothing, and is said on the error output.
func stops(d *desk.Desk, t *shelf.Trust, known told.Known, first *paper.Envelope, files []string) ([]*warrant.Stop, error) {
	var w warrant.Warrant
	if err := first.Open(warrant.Type, &w); err != nil {
		return nil, err
	}
	profile := t.Profile(w.Profile)
	var all []*warrant.Stop
	for _, f := range files {
		e, err := shelf.Read(f)
		if err != nil {
			return nil, err
		}
		if profile == nil {
			return nil, desk.Wrong(fault.NotFound, fault.Place{Path: f}, "papers.profileless", "digest", string(w.Profile))
		}
		s, list := warrant.VerifyStop(e, known.View, profile)
		if len(list) > 0 {
			return nil, d.Untrusted([]unmet.Unmet(list))
		}
		all = append(all, s)
	}
	return all, nil
}
