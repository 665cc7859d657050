package witness

import (
	"bytes"
	"errors"
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

	version   int64    // of the root; 0: there is none
	recovered bool     // it came by the recovery keys
	left      []string // files of the root that were left out
}

// mostPapers is how many files the folders of a trust root have at most.
const mostPapers = 4096

// same says whether two plans have the same logs, peers and quorum.
func (p *plan) same(o *plan) bool {
	names := func(q proof.Quorum) (list []string) {
		for _, w := range q.Witnesses() {
			list = append(list, w.Name())
		}
		return list
	}
	return slices.Equal(p.logs, o.logs) && slices.Equal(p.peers, o.peers) && p.outer.K() == o.outer.K() && slices.Equal(names(p.outer), names(o.outer))
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
		view, left, err := LoadRoot(c.Trust.Folder, paper.Digest(c.Trust.Fingerprint), now)
		if err != nil {
			return nil, err
		}
		p.version, p.recovered, p.left = view.Version(), view.Recovered(), left
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

// LoadRoot reads the trust root from a folder that has root/VERSION.json,
// lists/BODY-VERSION.json and recorded, and follows it from the pinned fingerprint to the
// instant. It refuses a quorum that a dishonest witness could split: see package trust.
// left names the files that were left out, because they hold no paper or because nobody
// entitled has signed it, each with the reason.
func LoadRoot(folder string, pinned paper.Digest, at time.Time) (view *trust.View, left []string, err error) {
	h := trust.History{Pinned: pinned}
	var names [2][]string
	for i, kind := range []struct {
		dir string
		to  *[]*paper.Envelope
	}{{"root", &h.Roots}, {"lists", &h.Lists}} {
		if *kind.to, names[i], err = envelopes(filepath.Join(folder, kind.dir), &left); err != nil {
			return nil, nil, err
		}
	}
	records, err := recorded(filepath.Join(folder, "recorded"))
	if err != nil {
		return nil, nil, err
	}
	h.Recorded = func(d paper.Digest) (paper.Time, bool) { t, ok := records[d]; return t, ok }
	view, unmet := trust.Follow(h, at)
	if view == nil || len(unmet) > 0 {
		var lines []string
		for _, u := range unmet {
			lines = append(lines, u.Place+": "+i18n.Both(u.Key(), u.Args...).EN)
		}
		return nil, nil, wrong("root", fault.Place{Path: folder}, fmt.Errorf("%s", strings.Join(append(lines, left...), "; ")))
	}
	for _, u := range view.LeftOut() {
		for i, kind := range []string{"roots", "lists"} {
			for k, name := range names[i] {
				if strings.HasPrefix(u.Place, fmt.Sprintf("%s[%d]", kind, k)) {
					left = append(left, name+": "+i18n.Both(u.Key(), u.Args...).EN)
				}
			}
		}
	}
	return view, left, nil
}

// envelopes reads the envelopes of a folder in the order of their names, and notes in
// left the files that hold none.
func envelopes(folder string, left *[]string) (all []*paper.Envelope, names []string, err error) {
	list, err := os.ReadDir(folder)
	if err != nil && !os.IsNotExist(err) {
		return nil, nil, wrong("root", fault.Place{Path: folder}, err)
	}
	if len(list) > mostPapers {
		return nil, nil, wrong("root", fault.Place{Path: folder}, fmt.Errorf("more than %d files", mostPapers))
	}
	for _, e := range list {
		if e.IsDir() || !strings.HasSuffix(e.Name(), ".json") {
			continue
		}
		path := filepath.Join(folder, e.Name())
		text, err := readSome(path, 2*paper.MaxSize)
		var envelope *paper.Envelope
		if err == nil {
			envelope, err = paper.ParseEnvelope(bytes.TrimSuffix(text, []byte("\n")))
		}
		if err != nil {
			*left = append(*left, path+": "+err.Error())
			continue
		}
		all, names = append(all, envelope), append(names, path)
	}
	return all, names, nil
}

// recorded reads when the owner took each paper over, or a log recorded it: lines of a
// digest and an instant. The earliest counts.
func recorded(path string) (map[paper.Digest]paper.Time, error) {
	records := map[paper.Digest]paper.Time{}
	text, err := readSome(path, paper.MaxSize)
	if errors.Is(err, fs.ErrNotExist) {
		return records, nil
	}
	if err != nil {
		return nil, wrong("root", fault.Place{Path: path}, err)
	}
	for i, line := range strings.Split(strings.TrimSuffix(string(text), "\n"), "\n") {
		digest, when, _ := strings.Cut(line, " ")
		at, err := paper.ParseTime(when)
		if err == nil {
			err = paper.Digest(digest).Check()
		}
		if err != nil {
			return nil, wrong("root", fault.Place{Path: path, Line: int64(i + 1)}, err)
		}
		if old, ok := records[paper.Digest(digest)]; !ok || at < old {
			records[paper.Digest(digest)] = at
		}
	}
	return records, nil
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
