package pki

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"math/big"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func authority(t *testing.T, body string) *Authority {
	t.Helper()
	a, err := NewAuthority(body, noon, 0)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func identity(t *testing.T, a *Authority, role, machine string) *Identity {
	t.Helper()
	i, err := a.Issue(Name{a.Body, role, machine}, []string{"127.0.0.1", "rack.example"}, noon, 0)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// talk has two sides shake hands over a pipe and gives what each of them says.
func talk(server, client *tls.Config) (atServer, atClient error) {
	a, b := net.Pipe()
	s, c := tls.Server(a, server), tls.Client(b, client)
	done := make(chan error, 1)
	go func() {
		err := s.Handshake()
		if err == nil {
			_, err = s.Write([]byte("x"))
		}
		_ = s.CloseWrite()
		_ = a.Close()
		done <- err
	}()
	atClient = c.Handshake()
	if atClient == nil {
		_, atClient = io.ReadAll(c) // version 1.3 tells the caller of its refusal only here
	}
	_ = b.Close()
	return <-done, atClient
}

func TestLine(t *testing.T) {
	agency, carrier, stranger := authority(t, "jp-agency"), authority(t, "jp-carrier"), authority(t, "stranger")
	hub, tap, edge := identity(t, agency, "hub", "h1"), identity(t, carrier, "tap", "t1"), identity(t, carrier, "edge", "e1")
	peers := Peers{"jp-agency": {[]*x509.Certificate{agency.Certificate}, []string{"hub"}}, "jp-carrier": {[]*x509.Certificate{carrier.Certificate}, []string{"edge", "tap"}}}
	roleless := Peers{"jp-agency": peers["jp-agency"], "jp-carrier": {peers["jp-carrier"].Authorities, []string{"hub", "edge"}}}
	noHub := Peers{"jp-agency": {peers["jp-agency"].Authorities, nil}, "jp-carrier": peers["jp-carrier"]}

	// An authority that is pinned for one body signs a machine of another: the pin
	// decides, not the name.
	forged := *carrier
	forged.Body = "jp-agency"
	posing, err := forged.Issue(Name{"jp-agency", "hub", "h1"}, nil, noon, 0)
	if err != nil {
		t.Fatal(err)
	}
	late := func() time.Time { return noon.Add(IdentityLife + time.Hour) }
	now := func() time.Time { return noon }

	for name, c := range map[string]struct {
		server, client *Identity
		peers          Peers
		now            func() time.Time
		call           Name
		server1        string // what the server says, "" when it lets through
		client1        string
	}{
		"both known":          {hub, tap, peers, now, hub.Name, "", ""},
		"role not let in":     {hub, edge, peers, now, hub.Name, "may not use this line", "bad certificate"},
		"unknown body":        {hub, identity(t, stranger, "tap", "t1"), peers, now, hub.Name, "knows no body stranger", "bad certificate"},
		"another is called":   {hub, tap, peers, now, Name{"jp-agency", "hub", "h2"}, "bad certificate", "may not use this line"},
		"vouched by another":  {posing, tap, peers, now, hub.Name, "bad certificate", "no authority of its own body"},
		"ended":               {hub, tap, peers, late, hub.Name, "bad certificate", "no authority of its own body"},
		"pin taken back":      {hub, tap, Peers{"jp-agency": peers["jp-agency"]}, now, hub.Name, "knows no body jp-carrier", "bad certificate"},
		"role not its body's": {hub, tap, roleless, now, hub.Name, "does not let jp-carrier run a tap", "bad certificate"},
		"no role at all":      {hub, tap, noHub, now, hub.Name, "bad certificate", "does not let jp-agency run a hub"},
		"authority as itself": {hub, &Identity{Certificate: carrier.Certificate, key: carrier.key}, peers, now, hub.Name, "authority's certificate", "bad certificate"},
	} {
		t.Run(name, func(t *testing.T) {
			ps := func() Peers { return c.peers }
			s := Server(func() *Identity { return c.server }, ps, Roles("tap"), c.now)
			k := Client(func() *Identity { return c.client }, ps, c.call, c.now)
			atServer, atClient := talk(s, k)
			for _, side := range []struct {
				who, want string
				got       error
			}{{"server", c.server1, atServer}, {"client", c.client1, atClient}} {
				switch {
				case side.want == "" && side.got != nil:
					t.Errorf("%s: %v", side.who, side.got)
				case side.want != "" && (side.got == nil || !strings.Contains(side.got.Error(), side.want)):
					t.Errorf("%s: %v, want %q", side.who, side.got, side.want)
				}
			}
		})
	}
}

func TestNoCertificateNoLine(t *testing.T) {
	a := authority(t, "jp-agency")
	hub := identity(t, a, "hub", "h1")
	peers := func() Peers { return Peers{"jp-agency": {[]*x509.Certificate{a.Certificate}, []string{"hub", "tap"}}} }
	s := Server(func() *Identity { return hub }, peers, Roles("tap"), func() time.Time { return noon })
	if atServer, _ := talk(s, &tls.Config{InsecureSkipVerify: true}); atServer == nil {
		t.Error("a caller without a certificate was let in")
	}
	if atServer, _ := talk(s, &tls.Config{InsecureSkipVerify: true, MaxVersion: tls.VersionTLS12}); atServer == nil {
		t.Error("TLS 1.2 was let in")
	}
}

func TestRenewal(t *testing.T) {
	a := authority(t, "jp-carrier")
	old := identity(t, a, "tap", "t1")
	if old.Due(noon.Add(IdentityLife / 2)) {
		t.Error("due at half its life")
	}
	if !old.Due(noon.Add(IdentityLife * 3 / 4)) {
		t.Error("not due at three quarters of its life")
	}
	r, err := old.Request()
	if err != nil {
		t.Fatal(err)
	}
	later := noon.Add(5 * 24 * time.Hour)
	c, err := a.Renew(old.Certificate, r.DER, later, 0)
	if err != nil {
		t.Fatal(err)
	}
	fresh, err := r.With(c, later)
	if err != nil {
		t.Fatal(err)
	}
	if fresh.Name != old.Name || !fresh.Certificate.NotAfter.Equal(later.Add(IdentityLife)) {
		t.Errorf("got %v until %v", fresh.Name, fresh.Certificate.NotAfter)
	}
	if got := hostsOf(fresh.Certificate); len(got) != 2 {
		t.Errorf("hosts %q", got)
	}
	if _, err := a.Renew(old.Certificate, r.DER, noon.Add(IdentityLife+time.Hour), 0); err == nil {
		t.Error("an identity that had ended was renewed")
	}
	if _, err := a.Renew(identity(t, authority(t, "other"), "tap", "t1").Certificate, r.DER, later, 0); err == nil {
		t.Error("another body's machine was renewed")
	}
	damaged := bytes.Clone(r.DER)
	damaged[len(damaged)-1] ^= 1
	if _, err := a.Renew(old.Certificate, damaged, later, 0); err == nil {
		t.Error("a request with a broken signature was certified")
	}
	other := identity(t, a, "tap", "t2")
	if _, err := r.With(other.Certificate, later); err == nil {
		t.Error("the certificate of another machine was taken for the answer")
	}
}

func TestIssueRefuses(t *testing.T) {
	a := authority(t, "jp-carrier")
	for name, c := range map[string]struct {
		name Name
		now  time.Time
		life time.Duration
		want string
	}{
		"other body":      {Name{"jp-agency", "hub", "h1"}, noon, 0, "cannot speak for jp-agency"},
		"capital letter":  {Name{"jp-carrier", "Hub", "h1"}, noon, 0, "Hub cannot be a name"},
		"slash":           {Name{"jp-carrier", "hub", "a/b"}, noon, 0, "a/b cannot be a name"},
		"empty":           {Name{"jp-carrier", "hub", ""}, noon, 0, "cannot be a name"},
		"too long":        {Name{"jp-carrier", "hub", "h1"}, noon, 90 * 24 * time.Hour, "too long"},
		"authority ended": {Name{"jp-carrier", "hub", "h1"}, noon.Add(AuthorityLife + time.Hour), 0, "ended at"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := a.Issue(c.name, nil, c.now, c.life)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestNameOf(t *testing.T) {
	link := func(s string) *url.URL {
		u, err := url.Parse(s)
		if err != nil {
			t.Fatal(err)
		}
		return u
	}
	for name, c := range map[string]struct {
		uris []*url.URL
		want string
	}{
		"one":             {[]*url.URL{link("noroshi://b/tap/t1")}, "noroshi://b/tap/t1"},
		"others beside":   {[]*url.URL{link("https://b/"), link("noroshi://b/tap/t1")}, "noroshi://b/tap/t1"},
		"two":             {[]*url.URL{link("noroshi://b/tap/t1"), link("noroshi://c/tap/t1")}, ""},
		"none":            {nil, ""},
		"with a query":    {[]*url.URL{link("noroshi://b/tap/t1?x=1")}, ""},
		"with a user":     {[]*url.URL{link("noroshi://a@b/tap/t1")}, ""},
		"with a port":     {[]*url.URL{link("noroshi://b:1/tap/t1")}, ""},
		"longer":          {[]*url.URL{link("noroshi://b/tap/t1/x")}, ""},
		"escaped":         {[]*url.URL{link("noroshi://b/tap/t%31")}, ""},
		"opaque":          {[]*url.URL{link("noroshi:b/tap/t1")}, ""},
		"with a fragment": {[]*url.URL{link("noroshi://b/tap/t1#x")}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			n, err := NameOf(&x509.Certificate{URIs: c.uris})
			switch {
			case c.want == "" && err == nil:
				t.Errorf("took %v", n)
			case c.want != "" && (err != nil || n.String() != c.want):
				t.Errorf("got %v, %v, want %s", n, err, c.want)
			}
		})
	}
}

// TestReplaceReachesTheDisk: the folder is brought to the disk after the new name stands in
// it, and a disk that cannot keep it is an error, not a promise.
func TestReplaceReachesTheDisk(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sub", keyFile)
	for _, text := range []string{"first", "second"} {
		kept := ""
		err := replaceBy(path, []byte(text), func(dir string) error {
			got, err := os.ReadFile(filepath.Join(dir, keyFile))
			kept = string(got)
			return err
		})
		if err != nil || kept != text {
			t.Errorf("when the folder is kept it holds %q, want %q: %v", kept, text, err)
		}
	}
	if err := replaceBy(path, []byte("third"), func(string) error { return os.ErrInvalid }); fault.KindOf(err) != fault.Permission {
		t.Errorf("the disk does not keep it: %v", err)
	}
	if err := keep(filepath.Join(t.TempDir(), "nowhere")); err == nil {
		t.Error("a folder that is not there was kept")
	}
	if err := replace(path, []byte("fourth")); err != nil {
		t.Error(err)
	}
}

func TestFiles(t *testing.T) {
	dir := t.TempDir()
	a := authority(t, "jp-carrier")
	if err := a.Save(filepath.Join(dir, "ca")); err != nil {
		t.Fatal(err)
	}
	if err := a.Save(filepath.Join(dir, "ca")); err == nil {
		t.Error("an authority was replaced in silence")
	}
	again, err := LoadAuthority(filepath.Join(dir, "ca"))
	if err != nil {
		t.Fatal(err)
	}
	i := identity(t, again, "tap", "t1")
	for range 2 { // a renewal replaces
		if err := i.Save(filepath.Join(dir, "tap")); err != nil {
			t.Fatal(err)
		}
	}
	got, err := LoadIdentity(filepath.Join(dir, "tap"))
	if err != nil || got.Name != i.Name || Fingerprint(got.Certificate) != Fingerprint(i.Certificate) || Fingerprint(got.Authority) != Fingerprint(a.Certificate) {
		t.Fatalf("got %+v, %v", got, err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*", ".new-*")); len(left) != 0 {
		t.Errorf("left behind: %q", left)
	}

	whole, err := os.ReadFile(filepath.Join(dir, "tap", identityFile))
	if err != nil {
		t.Fatal(err)
	}
	other, err := keyText(identity(t, a, "tap", "t2").key)
	if err != nil {
		t.Fatal(err)
	}
	own, err := keyText(i.key)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		text []byte
		mode os.FileMode
		want string
	}{
		"others may read": {whole, 0o644, "others may read this key (mode -rw-r--r--)"},
		"empty":           {nil, 0o600, "no private key"},
		"only the key":    {own, 0o600, "no certificate"},
		"another's key":   {append(bytes.Clone(other), whole[len(own):]...), 0o600, "does not belong"},
		"cut":             {whole[:len(whole)-40], 0o600, "1 certificates"},
		"key twice":       {append(bytes.Clone(own), whole...), 0o600, "PRIVATE KEY where a certificate"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, identityFile), c.text, c.mode); err != nil {
				t.Fatal(err)
			}
			_, err := LoadIdentity(dir)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
			if err != nil && (fault.HintIn(err, i18n.JA) == "" || fault.Hint(err) == "") {
				t.Error("no hint what to do")
			}
		})
	}
	if _, err := LoadIdentity(filepath.Join(dir, "nowhere")); fault.KindOf(err) != fault.NotFound {
		t.Errorf("got %v", err)
	}
}

// FuzzNameOf: what is taken as a name reads back as the same name.
func FuzzNameOf(f *testing.F) {
	for _, s := range []string{"noroshi://b/tap/t1", "noroshi://b/tap/t%2f1", "noroshi://B/tap/t1", "noroshi://[::1]/a/b", "x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		u, err := url.Parse(s)
		if err != nil {
			return
		}
		n, err := NameOf(&x509.Certificate{URIs: []*url.URL{u}, SerialNumber: big.NewInt(1), Subject: pkix.Name{}})
		if err == nil && n.String() != u.String() {
			t.Errorf("%q was read as %q", s, n)
		}
	})
}
