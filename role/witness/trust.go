package witness

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/trust"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/ledger/cosign/exchange"
	"github.com/noroshi-acd/noroshi/ledger/proof"
)

// plan is who is who, from the root or from the file.
type plan struct {
	logs    []string // verifier keys
	logURLs map[string]string
	peers   []exchange.Peer
	outer   proof.Quorum
	until   time.Time
	silent  []string // peers without a place, which are not asked
}

// wrong makes an error about the configuration or what it names.
func wrong(key string, place fault.Place, cause error, args ...any) error {
	return fault.Said(fault.Error{Kind: fault.Invalid, Place: place, Err: cause}, i18n.Both("witness.op"), i18n.Both("witness.error."+key, args...), i18n.Both("witness.error."+key+"_hint", args...))
}

// plan finds out who is who. self is the witness's verifier key.
func (c *Config) plan(self string, now time.Time) (*plan, error) {
	p := &plan{logURLs: c.Logs.urls()}
	var witnesses []string
	if c.Trust.Folder == "" {
		if c.Sealed.Within > 0 {
			return nil, wrong("sealed_root", fault.Place{Field: "sealed.within"}, nil)
		}
		p.logs, witnesses = c.Logs.Keys, c.Peers.Keys
	} else {
		if len(c.Logs.Keys)+len(c.Peers.Keys) > 0 {
			return nil, wrong("two_sources", fault.Place{Field: "logs.keys"}, nil)
		}
		view, err := LoadRoot(c.Trust.Folder, paper.Digest(c.Trust.Fingerprint), now)
		if err != nil {
			return nil, err
		}
		for _, l := range view.Logs() {
			p.logs = append(p.logs, l.Key)
		}
		policy := view.Witnesses()
		for _, w := range policy.Keys {
			witnesses = append(witnesses, w.Key)
		}
		if slices.Contains(witnesses, self) == (c.Sealed.Within > 0) {
			return nil, wrong("not_named", fault.Place{Path: c.Trust.Folder}, nil, "key", self)
		}
		if p.outer, err = proof.NewQuorum(witnesses, policy.K); err != nil {
			return nil, wrong("witnesses", fault.Place{Path: c.Trust.Folder}, err)
		}
		p.until = view.Expires().Time()
	}
	if c.Sealed.Within == 0 {
		p.outer = proof.Quorum{}
	}
	return p, c.place(p, witnesses, self)
}

// place puts peers to their places, and refuses places of nobody.
func (c *Config) place(p *plan, witnesses []string, self string) error {
	if len(p.logs) == 0 {
		return wrong("no_logs", fault.Place{Field: "logs.keys"}, nil)
	}
	left := c.Peers.urls()
	for _, key := range witnesses {
		if key == self {
			continue
		}
		cosigner, err := proof.ParseCosigner(key)
		if err != nil {
			return wrong("peer_key", fault.Place{Field: "peers.keys"}, err, "key", key)
		}
		if address := left[cosigner.Name()]; address != "" {
			p.peers = append(p.peers, exchange.Peer{Key: key, URL: address})
			delete(left, cosigner.Name())
		} else {
			p.silent = append(p.silent, cosigner.Name())
		}
	}
	for name := range left {
		return wrong("nobody", fault.Place{Field: "peers.urls"}, nil, "name", name)
	}
	known := map[string]bool{}
	for _, key := range p.logs {
		v, err := proof.ParseLogKey(key)
		if err != nil {
			return wrong("log_key", fault.Place{Field: "logs.keys"}, err, "key", key)
		}
		known[v.Name()] = true
	}
	for name := range p.logURLs {
		if !known[name] {
			return wrong("nobody", fault.Place{Field: "logs.urls"}, nil, "name", name)
		}
	}
	for _, name := range c.Mirror.Logs {
		if !known[name] || p.logURLs[name] == "" {
			return wrong("mirror", fault.Place{Field: "mirror.logs"}, nil, "name", name)
		}
	}
	return nil
}

// LoadRoot reads the trust root from a folder that has root/VERSION.json and
// lists/BODY-VERSION.json, and follows it from the pinned fingerprint to the instant.
// It refuses a quorum that a dishonest witness could split: see package trust.
func LoadRoot(folder string, pinned paper.Digest, at time.Time) (*trust.View, error) {
	roots, err := envelopes(filepath.Join(folder, "root"))
	if err != nil {
		return nil, err
	}
	lists, err := envelopes(filepath.Join(folder, "lists"))
	if err != nil {
		return nil, err
	}
	view, unmet := trust.New(roots, lists, pinned, at)
	if view == nil || len(unmet) > 0 {
		var lines []string
		for _, u := range unmet {
			lines = append(lines, u.Place+": "+i18n.Both(u.Key(), u.Args...).EN)
		}
		return nil, wrong("root", fault.Place{Path: folder}, fmt.Errorf("%s", strings.Join(lines, "; ")))
	}
	return view, nil
}

// envelopes reads the envelopes of a folder in the order of their names.
func envelopes(folder string) ([]*paper.Envelope, error) {
	list, err := os.ReadDir(folder)
	if err != nil && !os.IsNotExist(err) {
		return nil, wrong("root", fault.Place{Path: folder}, err)
	}
	var all []*paper.Envelope
	for _, e := range list {
		if e.IsDir() || !strings.HasSuffix(e.Name(), ".json") {
			continue
		}
		path := filepath.Join(folder, e.Name())
		text, err := readSome(path, 2*paper.MaxSize)
		if err != nil {
			return nil, wrong("root", fault.Place{Path: path}, err)
		}
		envelope, err := paper.ParseEnvelope(text)
		if err != nil {
			return nil, wrong("root", fault.Place{Path: path}, err)
		}
		all = append(all, envelope)
	}
	return all, nil
}

// readSome reads a file that is no larger than most bytes.
func readSome(path string, most int64) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > most {
		return nil, &fs.PathError{Op: "read", Path: path, Err: fmt.Errorf("no file of at most %d bytes", most)}
	}
	return os.ReadFile(path)
}
