package oversee

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/noroshi-acd/noroshi/authority/office"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/shelf"
	"github.com/noroshi-acd/noroshi/authority/wire"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/ledger/proof"
	"github.com/noroshi-acd/noroshi/ledger/verify/archive"
	"github.com/noroshi-acd/noroshi/oversight/act"
	"github.com/noroshi-acd/noroshi/oversight/inspect"
)

// sampling is the secret of a commitment, as it lies on the member's machine until the
// draw.
type sampling struct {
	Commitment paper.Digest   `json:"commitment"`
	Index      int64          `json:"index"` // of its entry; -1: the answer has not come
	Log        string         `json:"log"`   // in which it stands
	Sample     act.Commitment `json:"sample"`
	Secret     string         `json:"secret"`
}

// revealed is a sample that was drawn.
type revealed struct {
	sampling
	export string
	reveal *act.Reveal
	drawn  []int64
}

// sample binds the commission to a random sample of a log.
func (d *door) sample() *cobra.Command {
	var c act.Commitment
	var key, secret string
	v := d.Verb("sample", "sample", 0, 0, func(ctx context.Context, _ []string) error {
		if err := office.Need("--of", c.Origin, "--key", key, "--secret", secret); err != nil {
			return err
		}
		return d.commit(ctx, c, key, secret)
	})
	fl := v.Flags()
	fl.StringVar(&c.Origin, "of", "", d.Text("flag.of"))
	fl.Int64Var(&c.First, "first", 0, d.Text("flag.first"))
	fl.Int64Var(&c.Last, "last", 0, d.Text("flag.last"))
	fl.Int64Var(&c.N, "n", 1, d.Text("flag.n"))
	fl.StringVar(&key, "key", "", d.Say("trust.flag.key"))
	fl.StringVar(&secret, "secret", "", d.Text("flag.secret"))
	return v
}

// commit makes a commitment. Its secret is on the disk before it is brought, and takes the
// place of no other.
func (d *door) commit(ctx context.Context, asked act.Commitment, key, file string) error {
	c, secret, err := inspect.Commit(asked.Origin, asked.First, asked.Last, asked.N, paper.TimeOf(time.Now()))
	if err != nil {
		return shelf.Faulty(file, err)
	}
	line, _, err := d.Connect()
	if err != nil {
		return err
	}
	e, err := d.Sealed(file, act.CommitmentType, c, key)
	if err != nil {
		return err
	}
	s := sampling{Commitment: e.Digest(), Index: -1, Sample: c, Secret: base64.StdEncoding.EncodeToString(secret)}
	if _, err := os.Lstat(file); !errors.Is(err, fs.ErrNotExist) {
		return office.Wrong(fault.Invalid, fault.Place{Path: file}, "secret_there")
	}
	if err := s.write(file); err != nil {
		return err
	}
	r, err := line.Bring(ctx, e)
	if err != nil {
		return err
	}
	s.Index, s.Log = r.Index, r.Origin
	if err := s.write(file); err != nil {
		return err
	}
	return d.Taken(r)
}

// write writes the secret so that after a stop the file is there whole, or as it was.
func (s *sampling) write(file string) error {
	text, err := json.Marshal(s)
	if err != nil {
		return err
	}
	if err := os.WriteFile(file+".new", text, 0o600); err != nil {
		return err
	}
	return os.Rename(file+".new", file)
}

// reveal draws a sample by its secret and the tree of the commission's log, in an export,
// that ends with the commitment.
func (d *door) reveal(ctx context.Context, secret, export string) (*revealed, error) {
	if err := office.Need("--export", export); err != nil {
		return nil, err
	}
	text, err := shelf.Bytes(secret, 1<<16)
	if err != nil {
		return nil, err
	}
	s := &revealed{export: export}
	bad := office.Wrong(fault.Invalid, fault.Place{Path: secret}, "secret_file")
	if json.Unmarshal(text, &s.sampling) != nil {
		return nil, bad
	}
	bytes, err := base64.StdEncoding.DecodeString(s.Secret)
	if err != nil || len(bytes) != act.SecretSize {
		return nil, bad
	}
	if d.Trust == "" || s.Index < 0 {
		line, _, err := d.Connect()
		if err != nil {
			return nil, err
		}
		if err := s.find(ctx, line); err != nil {
			return nil, err
		}
	}
	log, err := d.exported(export, s.Log)
	if err != nil {
		return nil, err
	}
	r, drawn, err := inspect.Reveal(s.Sample, s.Commitment, bytes, log, s.Index)
	s.reveal, s.drawn = &r, drawn
	return s, err
}

// find finds where a commitment stands whose answer did not come.
func (s *revealed) find(ctx context.Context, line *wire.Client) error {
	if s.Index >= 0 {
		return nil
	}
	list, err := line.Register(ctx, string(proof.Sample))
	if err != nil {
		return err
	}
	i := slices.IndexFunc(list, func(x wire.Entry) bool { return x.Digest == s.Commitment })
	if i < 0 {
		return office.Wrong(fault.NotFound, fault.Place{}, "uncommitted")
	}
	state, err := line.State(ctx)
	if err != nil {
		return err
	}
	s.Index, s.Log = list[i].Index, state.Origin
	return nil
}

// exported opens a log of an export under the trust that holds now.
func (d *door) exported(export, origin string) (*inspect.Export, error) {
	_, v, err := d.Trusted()
	if err != nil {
		return nil, err
	}
	fsys, _, err := archive.Open(export) // read to its end, then the program ends
	if err != nil {
		return nil, err
	}
	return inspect.OpenExport(fsys, origin, v)
}
