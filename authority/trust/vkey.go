package trust

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"strings"
	"unicode"

	"github.com/noroshi-acd/noroshi/authority/paper"
)

// The signature types that verifier keys of signed notes name.
const (
	noteEd25519    = 0x01
	noteCosigner   = 0x04 // cosignature/v1
	noteKeyLength  = 1 + 32
	noteHashLength = 4
)

// verifierKey reads "name+hash+base64" as signed notes have it and gives the name and
// the ed25519 key behind it, when it is of the signature type.
func verifierKey(text string, algorithm byte) (string, paper.PublicKey, error) {
	name, rest, _ := strings.Cut(text, "+")
	hash, encoded, _ := strings.Cut(rest, "+")
	data, err := base64.StdEncoding.Strict().DecodeString(encoded)
	if name == "" || strings.IndexFunc(name, unicode.IsSpace) >= 0 || err != nil || len(data) != noteKeyLength || data[0] != algorithm {
		return "", paper.PublicKey{}, errors.New("this is no verifier key of the wanted type")
	}
	sum := sha256.Sum256(append([]byte(name+"\n"), data...))
	if hash != hex.EncodeToString(sum[:noteHashLength]) {
		return "", paper.PublicKey{}, errors.New("the verifier key's hash is not that of its name and key")
	}
	key := paper.PublicKey{Kind: paper.KindEd25519, Key: data[1:]}
	return name, key, key.Check()
}
