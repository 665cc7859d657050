package paper

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Time is an instant of UTC to the second, as seconds since 1970; the zero value is
// no time. On paper it is RFC 3339 with "Z": "2026-11-22T01:00:00Z".
type Time int64

const timeForm = "2006-01-02T15:04:05Z"

// lastTime is 9999-12-31T23:59:59Z.
const lastTime Time = 253402300799

// TimeOf gives t, cut to the second.
func TimeOf(t time.Time) Time { return Time(t.Unix()) }

// Time gives t for the standard library, in UTC.
func (t Time) Time() time.Time { return time.Unix(int64(t), 0).UTC() }

// Add gives t some seconds later.
func (t Time) Add(d time.Duration) Time { return t + Time(d/time.Second) }

// Day gives the UTC day of t: "2026-11-22".
func (t Time) Day() string { return t.Time().Format("2006-01-02") }

// String writes t as on paper, "" for no time.
func (t Time) String() string {
	if t == 0 {
		return ""
	}
	return t.Time().Format(timeForm)
}

// ParseTime reads what String writes; years 1970 to 9999, no leap second.
func ParseTime(s string) (Time, error) {
	if len(s) != len(timeForm) {
		return 0, fmt.Errorf("%q is no time like %s", clip(s), timeForm)
	}
	at, err := time.Parse(timeForm, s)
	if err != nil || TimeOf(at) <= 0 || TimeOf(at).String() != s {
		return 0, fmt.Errorf("%q is no time like %s", clip(s), timeForm)
	}
	return TimeOf(at), nil
}

// Check says whether t can stand on paper.
func (t Time) Check() error {
	if t <= 0 || t > lastTime {
		return errors.New("a time must lie between 1970 and 9999")
	}
	return nil
}

// Digest is "sha256:" and 64 hexadecimal digits in lower case.
type Digest string

const digestPrefix = "sha256:"

// DigestOf gives the SHA-256 of data.
func DigestOf(data []byte) Digest {
	sum := sha256.Sum256(data)
	return Digest(digestPrefix + hex.EncodeToString(sum[:]))
}

// Check says whether d is a digest.
func (d Digest) Check() error {
	rest, ok := strings.CutPrefix(string(d), digestPrefix)
	if !ok || len(rest) != 2*sha256.Size || !all(rest, isHex) {
		return fmt.Errorf("%q is no digest: it must be sha256: and 64 hexadecimal digits in lower case", clip(string(d)))
	}
	return nil
}

// Bytes gives the 32 bytes of d; all zero when d is no digest.
func (d Digest) Bytes() [sha256.Size]byte {
	var out [sha256.Size]byte
	if d.Check() == nil {
		_, _ = hex.Decode(out[:], []byte(d[len(digestPrefix):]))
	}
	return out
}

// ID is an identifier: a lower-case ASCII letter or digit, then up to 127 of letters,
// digits and ._:/- . Two identifiers that look alike are alike.
type ID string

// Check says whether id is an identifier.
func (id ID) Check() error {
	if id == "" || len(id) > 128 || !all(string(id), isID) || !all(string(id[:1]), isAlphanumeric) {
		return fmt.Errorf("%q is no identifier: 1 to 128 of a-z 0-9 . _ : / - beginning with a letter or digit", clip(string(id)))
	}
	return nil
}

// KeyID is how a public key is called: the SHA-256 of its kind and its bytes in 64
// hexadecimal digits. It names a key, and never counts as one.
type KeyID string

// Check says whether id has the form of a key's name.
func (id KeyID) Check() error {
	if len(id) != 2*sha256.Size || !all(string(id), isHex) {
		return fmt.Errorf("%q is no key id: it must be 64 hexadecimal digits in lower case", clip(string(id)))
	}
	return nil
}

// Words is a text for people in both languages.
type Words struct {
	EN string `json:"en"`
	JA string `json:"ja"`
}

// Check refuses a text that one language lacks.
func (w Words) Check() error {
	if !Says(w.EN) || !Says(w.JA) {
		return errors.New("a text must be there in both languages")
	}
	return nil
}

func isHex(c byte) bool          { return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' }
func isAlphanumeric(c byte) bool { return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' }
func isID(c byte) bool {
	return isAlphanumeric(c) || c == '.' || c == '_' || c == ':' || c == '/' || c == '-'
}

func all(s string, is func(byte) bool) bool {
	for i := range len(s) {
		if !is(s[i]) {
			return false
		}
	}
	return true
}

// clip shortens hostile text for a message.
func clip(s string) string {
	if len(s) > 80 {
		return s[:80] + "…"
	}
	return s
}
