package bus

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/noroshi-acd/noroshi/internal/bus/seal"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/internal/pki"
)

// consumer is the name of the one consumer that each stream has.
const consumer = "keeper"

// slack is by how many bytes a message is at most longer than its batch: the seal, the
// headers, the subject and the store's own.
const slack = seal.Overhead + 1024

// parts are the three parts of a name. They hold no underscore and a subject's parts no
// point, so that two names never become one subject.
func parts(n pki.Name) []string {
	list := []string{n.Body, n.Role, n.Machine}
	for i := range list {
		list[i] = strings.ReplaceAll(list[i], ".", "_")
	}
	return list
}

// subject is where a sender's batches go.
func subject(n pki.Name) string { return "batch." + strings.Join(parts(n), ".") }

// stream is the name of the stream that holds a sender's batches.
func stream(n pki.Name) string { return "batch+" + strings.Join(parts(n), "+") }

// inbox is the prefix of the subjects at which a machine is answered.
func inbox(n pki.Name) string { return "_INBOX." + strings.Join(parts(n), ".") }

// BatchID names the batch with number n of what digest stands for (a grant), as Send
// wants it.
func BatchID(digest string, n uint64) string { return digest + "." + strconv.FormatUint(n, 10) }

var idForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9.:_-]{0,127}$`)

// wrong is the package's one form of error.
func wrong(kind fault.Kind, key string, at fault.Place, cause error, args ...any) error {
	at.Offset = -1
	return fault.Said(fault.Error{Kind: kind, Place: at, Err: cause},
		i18n.Both("bus.op"), i18n.Both("bus.wrong."+key, args...), i18n.Both("bus.hint."+key))
}
