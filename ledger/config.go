package ledger

import (
	"crypto/ed25519"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/ledger/ask"
	"github.com/noroshi-acd/noroshi/ledger/folder"
	"github.com/noroshi-acd/noroshi/ledger/proof"
)

// Config is what a ledger needs to know. Dir, Keys, Origin, Key, Witnesses, Quorum and
// Role have no defaults.
type Config struct {
	// Dir is the ledger's folder.
	Dir string
	// Keys is the folder of the keys of communications data. It must lie outside Dir and
	// be in no backup.
	Keys string
	// Origin names the log: what its checkpoints begin with.
	Origin string
	// Key signs the log's checkpoints.
	Key ed25519.PrivateKey
	// Role is that of the ledger's keeper, in whose name disposals are recorded.
	Role paper.ID
	// Keeper signs the proofs of disposals: a key of the log's body. Without it the ledger
	// disposes of nothing.
	Keeper paper.Signer
	// Witnesses are asked for each checkpoint; Quorum of them must cosign it.
	Witnesses []ask.Witness
	Quorum    int
	// Birthday is the day (2006-01-02, UTC) on which a new ledger is begun. On any other
	// day, and when it is empty, the ledger must exist.
	Birthday string
	// KeysLost says that the folder of keys is gone for good, as after a backup was
	// restored: all communications data so far are dead, and a new folder is begun.
	KeysLost bool
	// Interval is the least time between two checkpoints; 0 means 100 ms.
	Interval time.Duration
	// Timeout is how long one request to a witness may take; 0 means 5 s.
	Timeout time.Duration
	// KeepHistory is for how long every checkpoint is kept; of older ones the last of each
	// hour is. 0 means 30 days.
	KeepHistory time.Duration
	// Client calls the witnesses; nil means a plain one.
	Client *http.Client
	// Clock tells the time of entries; nil means the machine's.
	Clock func() time.Time
	// Logger is told what waits for nobody's call: failed rounds of witnesses.
	Logger *slog.Logger
}

// Defaults of [Config].
const (
	DefaultInterval    = 100 * time.Millisecond
	DefaultKeepHistory = 30 * 24 * time.Hour
)

// Validate says what is wrong with c.
func (c Config) Validate() error {
	bad := func(field string) error {
		return folder.Wrong(fault.Invalid, "config."+field, fault.Place{Offset: -1, Field: "ledger." + field}, nil)
	}
	inside, err := filepath.Rel(c.Dir, c.Keys)
	switch {
	case c.Dir == "":
		return bad("dir")
	case c.Keys == "" || err != nil || inside == "." || !strings.HasPrefix(inside, ".."):
		return bad("keys")
	case c.Origin == "":
		return bad("origin")
	case len(c.Key) != ed25519.PrivateKeySize:
		return bad("key")
	case c.Role == "":
		return bad("role")
	case c.Interval < 0 || c.Timeout < 0 || c.KeepHistory < 0:
		return bad("interval")
	}
	if c.Birthday != "" {
		if _, err := time.Parse(time.DateOnly, c.Birthday); err != nil {
			return bad("birthday")
		}
	}
	return nil
}

func (c Config) withDefaults() Config {
	if c.Interval == 0 {
		c.Interval = DefaultInterval
	}
	if c.KeepHistory == 0 {
		c.KeepHistory = DefaultKeepHistory
	}
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c
}

// logKey gives the signer and the verifier of the log.
func (c Config) logKey() (note.Signer, note.Verifier, string, error) {
	vkey, err := proof.LogKey(c.Origin, c.Key.Public().(ed25519.PublicKey))
	if err != nil {
		return nil, nil, "", err
	}
	v, err := proof.ParseLogKey(vkey)
	if err != nil {
		return nil, nil, "", err
	}
	return signer{v, c.Key}, v, vkey, nil
}

// signer signs notes as the log.
type signer struct {
	note.Verifier
	key ed25519.PrivateKey
}

func (s signer) Sign(text []byte) ([]byte, error) { return ed25519.Sign(s.key, text), nil }
