package proof

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/mod/sumdb/tlog"
)

func encode(data []byte) string { return base64.StdEncoding.EncodeToString(data) }

// decode reads base64 as C2SP has it, and in one spelling only.
func decode(text string) ([]byte, error) {
	if strings.ContainsAny(text, "\r\n") {
		return nil, errors.New("a line break in base64")
	}
	return base64.StdEncoding.Strict().DecodeString(text)
}

func hash(text string) (h tlog.Hash, err error) {
	data, err := decode(text)
	if err != nil || len(data) != len(h) {
		return h, fmt.Errorf("%q is no SHA-256 in base64", text)
	}
	copy(h[:], data)
	return h, nil
}

// number reads a decimal number in its one spelling.
func number(text string) (int64, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 || strconv.FormatInt(n, 10) != text {
		return 0, fmt.Errorf("%q is no decimal number from 0 on", text)
	}
	return n, nil
}

func validName(name string) bool {
	return name != "" && utf8.ValidString(name) && strings.IndexFunc(name, unicode.IsSpace) < 0 && !strings.Contains(name, "+")
}

func keyHash(name string, data []byte) uint32 {
	h := sha256.New()
	h.Write([]byte(name))
	h.Write([]byte("\n"))
	h.Write(data)
	return binary.BigEndian.Uint32(h.Sum(nil))
}

// hashes reads lines of one hash each, at most most of them.
func hashes(lines []string, most int) ([]tlog.Hash, error) {
	if len(lines) > most {
		return nil, fmt.Errorf("%d lines of hashes; there are never more than %d", len(lines), most)
	}
	list := make([]tlog.Hash, 0, len(lines))
	for i, line := range lines {
		h, err := hash(line)
		if err != nil {
			return nil, fmt.Errorf("line %d of the proof: %w", i+1, err)
		}
		list = append(list, h)
	}
	return list, nil
}

// maxProof is the most hashes a proof can have in a tree of less than 2^63 leaves.
const maxProof = 63
