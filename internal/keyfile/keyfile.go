package keyfile

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"encoding/pem"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// Labels say whose key it is meant to be.
type Labels struct {
	Person string   // an identifier, one per person in the whole trust root
	Body   string   // as in the trust root
	Roles  []string // that the body is to give it
}

// Public is what its owner hands out.
type Public struct {
	Labels
	Key ed25519.PublicKey
}

// Private is a key that was unlocked. It is for signing and then to be forgotten.
type Private struct {
	Public
	seed []byte
}

// The blocks of the two files, and the word that names their form.
const (
	publicBlock  = "NOROSHI ED25519 PUBLIC KEY"
	privateBlock = "NOROSHI ED25519 PRIVATE KEY"
	form         = "noroshi-key/1"
)

// identifier is what a label may be.
var identifier = regexp.MustCompile(`^[a-z0-9][a-z0-9._:/-]{0,127}$`)

// New makes a key from random.
func New(l Labels, random io.Reader) (*Private, error) {
	if err := l.check(fault.Place{Offset: -1}); err != nil {
		return nil, err
	}
	seed := make([]byte, ed25519.SeedSize)
	if _, err := io.ReadFull(random, seed); err != nil {
		return nil, err
	}
	l.Roles = slices.Compact(slices.Sorted(slices.Values(l.Roles)))
	key := ed25519.NewKeyFromSeed(seed).Public().(ed25519.PublicKey)
	return &Private{Public{l, key}, seed}, nil
}

// Key gives the private key.
func (p *Private) Key() ed25519.PrivateKey { return ed25519.NewKeyFromSeed(p.seed) }

// ID names the key as papers do: SHA-256 of its kind, a line feed and its bytes.
func (p Public) ID() string {
	sum := sha256.Sum256(append([]byte("ed25519\n"), p.Key...))
	return hex.EncodeToString(sum[:])
}

func (l Labels) check(at fault.Place) error {
	for _, x := range append([]string{l.Person, l.Body}, l.Roles...) {
		if !identifier.MatchString(x) {
			at.Field = "label"
			return wrong(fault.Invalid, "label", at, nil, "text", x)
		}
	}
	return nil
}

// signed is what the key signs of its labels: each on a line of its own.
func (p Public) signed() []byte {
	return []byte(strings.Join([]string{form, p.Person, p.Body, strings.Join(p.Roles, ","), string(p.Key)}, "\n"))
}

// text writes the public file.
func (p *Private) text() []byte {
	return pem.EncodeToMemory(&pem.Block{
		Type: publicBlock, Headers: p.headers(),
		Bytes: append(slices.Clone(p.Public.Key), ed25519.Sign(p.Key(), p.signed())...),
	})
}

func (p Public) headers() map[string]string {
	return map[string]string{"Form": form, "Person": p.Person, "Body": p.Body, "Roles": strings.Join(p.Roles, ","), "Key-Id": p.ID()}
}

// parsePublic reads a public file.
func parsePublic(path string, text []byte) (Public, error) {
	b, err := block(path, text, publicBlock)
	if err != nil {
		return Public{}, err
	}
	at := fault.Place{Path: path, Offset: -1}
	p := Public{Labels: labels(b)}
	if len(b.Bytes) != ed25519.PublicKeySize+ed25519.SignatureSize {
		return Public{}, wrong(fault.Invalid, "form", at, nil)
	}
	p.Key = ed25519.PublicKey(b.Bytes[:ed25519.PublicKeySize])
	if !ed25519.Verify(p.Key, p.signed(), b.Bytes[ed25519.PublicKeySize:]) || p.ID() != b.Headers["Key-Id"] {
		return Public{}, wrong(fault.Invalid, "labels", at, nil)
	}
	return p, p.check(at)
}

func labels(b *pem.Block) Labels {
	l := Labels{Person: b.Headers["Person"], Body: b.Headers["Body"]}
	if b.Headers["Roles"] != "" {
		l.Roles = strings.Split(b.Headers["Roles"], ",")
	}
	return l
}

// block reads the one block that a file is to hold.
func block(path string, text []byte, kind string) (*pem.Block, error) {
	at := fault.Place{Path: path, Offset: -1}
	b, rest := pem.Decode(text)
	switch {
	case b == nil || !bytes.HasPrefix(text, []byte("-----BEGIN ")) || len(bytes.TrimSpace(rest)) > 0 || b.Headers["Form"] != form:
		return nil, wrong(fault.Invalid, "form", at, nil)
	case b.Type != kind:
		return nil, wrong(fault.Invalid, "kind", at, nil, "is", b.Type, "want", kind)
	}
	return b, nil
}

// wrong makes an error of this package.
func wrong(kind fault.Kind, key string, at fault.Place, cause error, args ...any) error {
	key = "keyfile.wrong." + key
	hint := i18n.Text{}
	if k := key + "-hint"; i18n.Say(i18n.EN, k) != k {
		hint = i18n.Both(k)
	}
	return fault.Said(fault.Error{Kind: kind, Place: at, Err: cause}, i18n.Both("keyfile.op"), i18n.Both(key, args...), hint)
}
