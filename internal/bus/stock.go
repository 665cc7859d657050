package bus

import (
	"fmt"
	"io"

	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/pki"
)

// WriteRights writes what each machine may do, as the authorization block of the
// configuration of a nats-server that maps users from certificates (verify_and_map). All
// machines MUST be of one body: such a server believes each of its authorities any name,
// so that a second body's could name its machines as the first's. Other bodies' machines
// come through a node of the keeper.
func WriteRights(w io.Writer, keepers, senders []pki.Name) error {
	text := "authorization {\n  timeout: 10\n  users = [\n"
	body := ""
	for _, n := range append(append([]pki.Name(nil), keepers...), senders...) {
		if body == "" {
			body = n.Body
		}
		if n.Body != body {
			return wrong(fault.Permission, "bodies", fault.Place{Field: "users"}, nil, "one", body, "other", n.Body)
		}
	}
	for _, n := range keepers {
		text += fmt.Sprintf("    { user: %q }\n", n)
	}
	for _, n := range senders {
		p := allowed(n)
		text += fmt.Sprintf("    { user: %q, permissions: { publish: %q, subscribe: %q } }\n", n, p.Publish.Allow[0], p.Subscribe.Allow[0])
	}
	_, err := io.WriteString(w, text+"  ]\n}\n")
	return err
}
