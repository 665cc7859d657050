package trust

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/noroshi-acd/noroshi/authority/desk"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/shelf"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/internal/pki"
	"github.com/noroshi-acd/noroshi/internal/usage"
)

// machine is an identity in JSON results.
type machine struct {
	Name string `json:"name"`
	Dir  string `json:"dir"`
	Ends string `json:"ends"`
}

// founded is what init has made.
type founded struct {
	Body        string       `json:"body"`
	Dir         string       `json:"dir"`
	Authority   paper.Digest `json:"authority"` // SHA-256 of the certificate, for the trust root
	Spoken      i18n.Text    `json:"spoken"`
	Certificate string       `json:"certificate"`
	Ends        string       `json:"ends"`
	Machines    []machine    `json:"machines"`
	Draft       string       `json:"draft"`
}

// NewInit makes the verb init.
func NewInit(d *desk.Desk) *cobra.Command {
	var body string
	var machines, hosts []string
	c := &cobra.Command{Use: "init DIR", Short: d.Say("trust.init.short"), Long: d.Say("trust.init.long"), Args: usage.Args(d.Lang, 1, 1)}
	fl := c.Flags()
	fl.StringVar(&body, "body", "", d.Say("trust.keys.flag_body"))
	fl.StringSliceVar(&machines, "machine", nil, d.Say("trust.init.flag_machine"))
	fl.StringSliceVar(&hosts, "host", nil, d.Say("trust.init.flag_host"))
	fl.BoolVar(&d.JSON, "json", false, d.Say("trust.flag.json"))
	c.RunE = func(_ *cobra.Command, args []string) error {
		if paper.ID(body).Check() != nil {
			return desk.Wrong(fault.Invalid, fault.Place{Field: "--body"}, "trust.init.body", "text", body)
		}
		f, err := found(args[0], body, machines, hosts, time.Now().UTC())
		if err != nil {
			return err
		}
		text := d.Wrapped(d.Say("trust.init.made", "body", body, "dir", args[0]),
			d.Say("trust.init.authority", "digest", string(f.Authority), "ends", f.Ends), "  "+f.Spoken.In(d.Lang))
		for _, m := range f.Machines {
			text += d.Wrapped(d.Say("trust.init.machine", "name", m.Name, "dir", m.Dir, "ends", m.Ends))
		}
		return d.Result(f, text+d.Wrapped(d.Say("trust.init.next", "draft", f.Draft)))
	}
	return c
}

// found makes a body's folders: ca (to be kept offline), machines, keys, trust, and a
// draft of a trust root to write on.
func found(dir, body string, machines, hosts []string, now time.Time) (*founded, error) {
	authority, err := pki.NewAuthority(body, now, 0)
	if err != nil {
		return nil, err
	}
	// All that can be wrong with the request comes out before anything is written.
	identities := make([]*pki.Identity, len(machines))
	for i, m := range machines {
		role, name, ok := strings.Cut(m, "/")
		if !ok {
			return nil, desk.Wrong(fault.Invalid, fault.Place{Field: "--machine"}, "trust.init.machine_form", "text", m)
		}
		if identities[i], err = authority.Issue(pki.Name{Body: body, Role: role, Machine: name}, hosts, now, 0); err != nil {
			return nil, err
		}
	}
	for _, sub := range []string{"", "ca", "keys", "machines"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o700); err != nil {
			return nil, err
		}
	}
	ca := filepath.Join(dir, "ca")
	if err := authority.Save(ca); err != nil {
		return nil, err
	}
	digest := paper.DigestOf(authority.Certificate.Raw)
	f := &founded{Body: body, Dir: dir, Authority: digest, Spoken: desk.Spoken(digest), Certificate: filepath.Join(ca, "authority.pem"), Ends: i18n.Time(authority.Certificate.NotAfter), Machines: []machine{}}
	for _, identity := range identities {
		to := filepath.Join(dir, "machines", identity.Name.Role+"-"+identity.Name.Machine)
		if err := os.MkdirAll(to, 0o700); err != nil {
			return nil, err
		}
		if err := identity.Save(to); err != nil {
			return nil, err
		}
		f.Machines = append(f.Machines, machine{identity.Name.String(), to, i18n.Time(identity.Certificate.NotAfter)})
	}
	f.Draft = filepath.Join(dir, "root-draft.toml")
	return f, shelf.CreateBytes(f.Draft, []byte(skeleton(body, identities)))
}

// skeleton is a draft of a trust root that its reader completes: what is not known here
// stands in capitals, so that it is refused until somebody has thought about it.
func skeleton(body string, machines []*pki.Identity) string {
	roles := []string{`"top"`}
	for _, m := range machines { // without its role in the root a machine opens no line
		if role := fmt.Sprintf("%q", m.Name.Role); !slices.Contains(roles, role) {
			roles = append(roles, role)
		}
	}
	slices.Sort(roles)
	return fmt.Sprintf(`# %s
name = "NAME"                # %s
kind = "KIND"                # state | private | lab
lasts = "8760h"
notice = "336h"              # %s

[[bodies]]
id = "%s"
jurisdiction = "JURISDICTION"
name = { ja = "NAME", en = "NAME" }
roles = [%s]
threshold = 2
ca = ["cert:ca/authority.pem"]
[[bodies.keys]]
public = "keys/NAME.pub"
[[bodies.keys]]
public = "keys/NAME.pub"

[top]
bodies = ["%s", "BODY"]
k = 2

[[logs]]
body = "%s"
duty = "DUTY"                # decisions | acts
origin = "ORIGIN"
key = "key:keys/NAME.pub"

[witnesses]
k = 3
faulty = 1
[[witnesses.keys]]
operator = "NAME"
key = "VERIFIER KEY"

[[profiles]]
profile = "PROFILE.json"

[ceremony]
k = 2
notice = "168h"
words = { ja = "NAME", en = "NAME" }
[[ceremony.keys]]
body = "%s"
public = "keys/NAME.pub"
`, i18n.Both("trust.init.draft").In(i18n.EN)+" / "+i18n.Both("trust.init.draft").In(i18n.JA),
		i18n.Both("trust.init.lineage").EN+" / "+i18n.Both("trust.init.lineage").JA,
		i18n.Both("trust.init.notice").EN+" / "+i18n.Both("trust.init.notice").JA, body, strings.Join(roles, ", "), body, body, body)
}
