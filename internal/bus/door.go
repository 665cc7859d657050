package bus

import (
	"crypto/subtle"
	"crypto/tls"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/noroshi-acd/noroshi/internal/pki"
)

// Right is what a machine may do on the bus.
type Right uint8

// The rights.
const (
	None Right = iota // nothing: it gets no line
	Send              // send batches in its own name, and hear the answers to them
	Keep              // everything: it receives, and makes and ends streams
)

// Rights says by its certificate's name what a machine may do.
type Rights func(pki.Name) Right

// Party is who one is on the lines of the bus. All fields are wanted.
type Party struct {
	Own    func() *pki.Identity // asked at each connection, so that it can be renewed
	Peers  func() pki.Peers
	Rights Rights // on the keeper's side who may do what; on a sender's who is a keeper
	Now    func() time.Time
}

func (p Party) let(n pki.Name) bool { return p.Rights(n) != None }

// server is the TLS side of a listener.
func (p Party) server() *tls.Config { return pki.Server(p.Own, p.Peers, p.let, p.Now) }

// client is the TLS side of a call to a server of the bus, whichever of several it is: the
// one who answers must be a keeper by its certificate, whatever the address.
func (p Party) client() *tls.Config {
	c := pki.Client(p.Own, p.Peers, pki.Name{}, p.Now)
	c.VerifyConnection = pki.Server(p.Own, p.Peers, func(n pki.Name) bool { return p.Rights(n) == Keep }, p.Now).VerifyConnection
	return c
}

// door lets lines in and says what each may do. All fields are set before the server runs.
type door struct {
	party   Party
	token   string // by which this process's own line is known; made anew at each start
	session time.Duration
}

var _ server.Authentication = (*door)(nil)

// Check is asked once for each line, client or leaf node.
func (d *door) Check(c server.ClientAuthentication) bool {
	state := c.GetTLSConnectionState()
	if state == nil {
		// Sockets want TLS before the first byte, so this is a line within the process;
		// the token is there in case that changes.
		if d.token == "" || subtle.ConstantTimeCompare([]byte(c.GetOpts().Token), []byte(d.token)) != 1 {
			return false
		}
		c.RegisterUser(&server.User{Username: "this process"})
		return true
	}
	if d.party.server().VerifyConnection(*state) != nil {
		return false
	}
	name, err := pki.PeerOf(state)
	if err != nil {
		return false
	}
	user := &server.User{Username: name.String(), ConnectionDeadline: d.end(state)}
	switch d.party.Rights(name) {
	case Keep:
	case Send:
		user.Permissions = allowed(name)
	default:
		return false
	}
	c.RegisterUser(user)
	return true
}

// end is when a line is closed so that it has to be let in again: a right or a
// certificate that is taken back or runs out ends within the session.
func (d *door) end(state *tls.ConnectionState) time.Time {
	left := min(d.session, state.PeerCertificates[0].NotAfter.Sub(d.party.Now()))
	return time.Now().Add(left) // the server counts by the machine's clock
}

// allowed is what a sender may: its own subject, and answers to itself. It cannot reach
// the interface by which streams are made, read and removed.
func allowed(n pki.Name) *server.Permissions {
	return &server.Permissions{
		Publish:   &server.SubjectPermission{Allow: []string{subject(n)}},
		Subscribe: &server.SubjectPermission{Allow: []string{inbox(n) + ".>"}},
	}
}
