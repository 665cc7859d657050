package wire

import (
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/shelf"
	"github.com/noroshi-acd/noroshi/internal/conf"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/httpd"
	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/internal/pki"
)

// Line is what the configuration file of an applicant's or a member's machine says of the
// line to the commission. Paths are sought beside the file.
type Line struct {
	URL      string        `toml:"url" say:"wire.config.url"`
	Peer     string        `toml:"peer" say:"wire.config.peer"`         // noroshi://BODY/commission/MACHINE
	Identity string        `toml:"identity" say:"wire.config.identity"` // folder of this machine's certificate
	Trust    string        `toml:"trust" say:"wire.config.trust"`       // folder of the trust root
	Root     string        `toml:"root" say:"wire.config.root"`         // its fingerprint, where the folder holds none
	Patience time.Duration `toml:"patience" say:"wire.config.patience"`
}

// DefaultLine gives the values in force without a file.
func DefaultLine() Line { return Line{Patience: Patience} }

// Validate gives every problem of l.
func (l *Line) Validate() []conf.Problem {
	list := conf.Between("patience", l.Patience, time.Second, time.Hour)
	u, err := url.Parse(l.URL)
	if err != nil || u.Scheme != "https" || u.Host == "" {
		list = append(list, conf.Problem{Key: "url", What: i18n.Both("wire.want.url", "is", l.URL)})
	}
	if _, ok := name(l.Peer); !ok {
		list = append(list, conf.Problem{Key: "peer", What: i18n.Both("wire.want.peer", "is", l.Peer)})
	}
	if l.Identity == "" {
		list = append(list, conf.Problem{Key: "identity", What: i18n.Both("wire.want.folder")})
	}
	if l.Trust == "" {
		list = append(list, conf.Problem{Key: "trust", What: i18n.Both("wire.want.folder")})
	}
	return list
}

// Section is the part of the configuration file that l stands in.
func (l *Line) Section() conf.Section {
	return conf.Section{Name: "line", Value: l, Say: "wire.config.about"}
}

// name reads noroshi://BODY/ROLE/MACHINE.
func name(text string) (pki.Name, bool) {
	rest, ok := strings.CutPrefix(text, "noroshi://")
	cut := strings.LastIndexByte(rest, '/')
	if !ok || cut < 1 || cut == len(rest)-1 {
		return pki.Name{}, false
	}
	second := strings.LastIndexByte(rest[:cut], '/')
	if second < 1 {
		return pki.Name{}, false
	}
	n := pki.Name{Body: rest[:second], Role: rest[second+1 : cut], Machine: rest[cut+1:]}
	return n, n.String() == text && n.Role == Server
}

// Connect reads a line's file and makes the client, and the machine's own name. Who
// answers must show the certificate of the commission that the trust root knows.
func Connect(l i18n.Lang, path string, now func() time.Time) (*Client, pki.Name, *Line, error) {
	c := DefaultLine()
	if err := conf.Load(l, path, c.Section()); err != nil {
		return nil, pki.Name{}, nil, err
	}
	for _, p := range []*string{&c.Identity, &c.Trust} {
		if !filepath.IsAbs(*p) {
			*p = filepath.Join(filepath.Dir(path), *p)
		}
	}
	own, err := pki.LoadIdentity(c.Identity)
	if err != nil {
		return nil, pki.Name{}, nil, err
	}
	t, err := shelf.OpenTrust(c.Trust, paper.Digest(c.Root))
	if err != nil {
		return nil, pki.Name{}, nil, err
	}
	view, list := t.View(now())
	if len(list) > 0 {
		return nil, pki.Name{}, nil, fault.Said(fault.Error{Kind: fault.Permission, Place: fault.Place{Path: c.Trust, Offset: -1, Field: list[0].Place}}, i18n.Both("wire.op"), i18n.Both(list[0].Key(), list[0].Args...), i18n.Both("wire.hint.root"))
	}
	peers, err := t.Peers(view)
	if err != nil {
		return nil, pki.Name{}, nil, err
	}
	peer, _ := name(c.Peer)
	client := httpd.Client(func() *pki.Identity { return own }, func() pki.Peers { return peers }, peer, now, c.Patience)
	return &Client{HTTP: client, URL: c.URL}, own.Name, &c, nil
}
