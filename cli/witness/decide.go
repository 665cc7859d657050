package witness

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/usage"
	"github.com/noroshi-acd/noroshi/ledger/proof"
	"github.com/noroshi-acd/noroshi/ledger/testimony"
	role "github.com/noroshi-acd/noroshi/role/witness"
)

// who are the flags of a decision.
type who struct{ person, reason string }

func (d Door) sign(c *cobra.Command, w *who) {
	c.Flags().StringVar(&w.person, "person", "", d.text("flag_person"))
	c.Flags().StringVar(&w.reason, "reason", "", d.text("flag_reason"))
}

// decide makes the verbs stop and resume.
func (d Door) decide(verb string) *cobra.Command {
	var by who
	c := &cobra.Command{Use: verb + " FILE ORIGIN", Short: d.text(verb + "_short"), Long: d.text(verb + "_long"), Args: usage.Args(d.Lang, 2, 2)}
	d.sign(c, &by)
	c.RunE = func(_ *cobra.Command, args []string) error {
		return d.carryOut(args[0], args[1], testimony.Deed(verb), by, nil)
	}
	return c
}

// adopt makes the verb adopt.
func (d Door) adopt() *cobra.Command {
	var by who
	c := &cobra.Command{Use: "adopt FILE ORIGIN CHECKPOINT", Short: d.text("adopt_short"), Long: d.text("adopt_long"), Args: usage.Args(d.Lang, 3, 3)}
	d.sign(c, &by)
	c.RunE = func(_ *cobra.Command, args []string) error {
		note, err := d.read(args[2])
		if err != nil {
			return err
		}
		return d.carryOut(args[0], args[1], testimony.Adopt, by, note)
	}
	return c
}

func (d Door) carryOut(file, origin string, deed testimony.Deed, by who, note []byte) error {
	if by.person == "" || by.reason == "" {
		return wrong("no_person", fault.Place{}, nil)
	}
	config, err := role.LoadConfig(d.Lang, file)
	if err != nil {
		return err
	}
	w, err := role.OpenState(config)
	if err != nil {
		return err
	}
	err = w.Decide(origin, deed, by.person, by.reason, note)
	if err != nil {
		err = wrong("not_decided", fault.Place{}, err, "origin", origin)
	}
	if err = errors.Join(err, w.Close()); err != nil {
		return err
	}
	_, err = fmt.Fprintln(d.Stdout, d.text("decided", "origin", origin, "deed", d.text("deed_"+string(deed)), "person", by.person))
	return err
}

// mostFile bounds what is read from a file or from standard input, in bytes.
const mostFile = 64 << 20

// read reads a file, or standard input for "-".
func (d Door) read(path string) ([]byte, error) {
	var in io.Reader = d.Stdin
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return nil, wrong("unread", fault.Place{Path: path}, err)
		}
		defer f.Close()
		in = f
	}
	data, err := io.ReadAll(io.LimitReader(in, mostFile))
	if err != nil {
		return nil, wrong("unread", fault.Place{Path: path}, err)
	}
	return data, nil
}

// verdict is what judge says of one paper, for programs.
type verdict struct {
	Kind    string   `json:"kind"`
	Origin  string   `json:"origin,omitempty"`
	Proven  bool     `json:"proven"`
	Older   int64    `json:"older,omitempty"`
	Newer   int64    `json:"newer,omitempty"`
	Witness string   `json:"witness,omitempty"`
	Both    []string `json:"both,omitempty"` // witnesses that cosigned both sides
	Person  string   `json:"person,omitempty"`
	Reason  string   `json:"reason,omitempty"`
	Late    bool     `json:"late,omitempty"`
}

// judge checks testimonies against keys that the reader trusts.
func (d Door) judge() *cobra.Command {
	var log string
	var witnesses []string
	var asJSON bool
	c := &cobra.Command{Use: "judge FILE", Short: d.text("judge_short"), Long: d.text("judge_long"), Args: usage.Args(d.Lang, 1, 1)}
	c.Flags().StringVar(&log, "log", "", d.text("flag_logkey"))
	c.Flags().StringArrayVar(&witnesses, "witness", nil, d.text("flag_witness"))
	c.Flags().BoolVar(&asJSON, "json", false, d.text("flag_json"))
	c.RunE = func(_ *cobra.Command, args []string) error {
		data, err := d.read(args[0])
		if err != nil {
			return err
		}
		var list []verdict
		for i, line := range bytes.Split(bytes.TrimSpace(data), []byte("\n")) {
			v, err := d.judged(line, log, witnesses)
			if err != nil {
				return wrong("no_testimony", fault.Place{Path: args[0], Line: int64(i + 1)}, err)
			}
			list = append(list, *v)
			if !asJSON {
				d.pronounce(v)
			}
		}
		if asJSON {
			return d.json(list)
		}
		return nil
	}
	return c
}

// judged reads one paper and finds out what it shows.
func (d Door) judged(text []byte, log string, witnesses []string) (*verdict, error) {
	e, err := paper.ParseEnvelope(text)
	if err != nil {
		return nil, err
	}
	switch e.PayloadType {
	case testimony.SplitType:
		var s testimony.Split
		if err := e.Open(testimony.SplitType, &s); err != nil {
			return nil, err
		}
		return split(&s, log, witnesses)
	case testimony.DecisionType:
		var x testimony.Decision
		err := errors.Join(e.Open(testimony.DecisionType, &x), signed(e, witnesses))
		return &verdict{Kind: string(x.Deed), Origin: x.Origin, Newer: x.Size, Person: x.Person, Reason: x.Reason}, err
	case testimony.AnchorType:
		var x testimony.Anchor
		err := errors.Join(e.Open(testimony.AnchorType, &x), signed(e, witnesses))
		return &verdict{Kind: "anchor", Origin: x.Origin, Older: x.Anchored, Newer: x.Size, Late: x.Late}, err
	}
	return nil, fmt.Errorf("%q is no testimony of a witness", e.PayloadType)
}

// signed says whether one of the witnesses has signed e: what rests on its word alone
// needs its signature.
func signed(e *paper.Envelope, witnesses []string) error {
	var keys []paper.PublicKey
	for _, vkey := range witnesses {
		c, err := proof.ParseCosigner(vkey)
		if err != nil {
			return err
		}
		keys = append(keys, paper.PublicKey{Kind: paper.KindEd25519, Key: c.Key()})
	}
	if len(paper.Signers(e, keys)) == 0 {
		return errors.New("none of the given witnesses has signed this")
	}
	return nil
}

func split(s *testimony.Split, log string, witnesses []string) (*verdict, error) {
	v, err := proof.ParseLogKey(log)
	if err != nil {
		return nil, err
	}
	var q proof.Quorum
	if len(witnesses) > 0 {
		if q, err = proof.NewQuorum(witnesses, 1); err != nil {
			return nil, err
		}
	}
	f, err := s.Judge(v, q)
	if err != nil {
		return nil, err
	}
	kind := "doubt"
	if f.Proven {
		kind = "split"
	}
	return &verdict{Kind: kind, Origin: v.Name(), Proven: f.Proven, Older: f.Older.Size, Newer: f.Newer.Size, Witness: s.Witness, Both: f.Both}, nil
}

// pronounce says a verdict in a sentence.
func (d Door) pronounce(v *verdict) {
	said, _ := json.Marshal(v.Both)
	switch v.Kind {
	case "split", "doubt":
		fmt.Fprintln(d.Stdout, d.text("verdict_"+v.Kind, "origin", v.Origin, "older", v.Older, "newer", v.Newer, "witness", v.Witness))
		if len(v.Both) > 0 {
			fmt.Fprintln(d.Stdout, d.text("verdict_both", "names", string(said)))
		}
	case "anchor":
		key := "verdict_anchor"
		if v.Late {
			key = "verdict_late"
		}
		fmt.Fprintln(d.Stdout, d.text(key, "origin", v.Origin, "older", v.Older, "newer", v.Newer))
	default:
		fmt.Fprintln(d.Stdout, d.text("verdict_decision", "origin", v.Origin, "deed", d.text("deed_"+v.Kind), "person", v.Person, "reason", v.Reason, "size", v.Newer))
	}
}
