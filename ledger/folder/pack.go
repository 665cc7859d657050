package folder

import (
	"encoding/binary"
	"errors"

	"github.com/noroshi-acd/noroshi/ledger/proof"
)

// Pack puts together what is sealed: the commitment's key, the entry, the payload.
func Pack(key [proof.KeySize]byte, entry, content []byte) []byte {
	out := make([]byte, 0, len(key)+2+len(entry)+len(content))
	out = append(out, key[:]...)
	out = binary.BigEndian.AppendUint16(out, uint16(len(entry)))
	return append(append(out, entry...), content...)
}

// Unpack is the inverse of Pack.
func Unpack(plain []byte) (key [proof.KeySize]byte, entry, content []byte, err error) {
	if len(plain) < len(key)+2 {
		return key, nil, nil, errors.New("the payload is cut off")
	}
	copy(key[:], plain)
	n, rest := int(binary.BigEndian.Uint16(plain[len(key):])), plain[len(key)+2:]
	if n > len(rest) {
		return key, nil, nil, errors.New("the payload is cut off")
	}
	return key, rest[:n], rest[n:], nil
}
