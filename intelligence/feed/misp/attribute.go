package misp

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/noroshi-acd/noroshi/detect/knownbad/indicator"
)

// attribute is what is read of an attribute.
type attribute struct {
	Type      string `json:"type"`
	Relation  string `json:"object_relation"`
	Value     text   `json:"value"`
	ToIDS     flag   `json:"to_ids"`
	Deleted   flag   `json:"deleted"`
	Comment   string `json:"comment"`
	Timestamp text   `json:"timestamp"`
	LastSeen  text   `json:"last_seen"`
	Tags      []tag  `json:"Tag"`
}

// object is a group of attributes that belong together.
type object struct {
	Deleted    flag        `json:"deleted"`
	Comment    string      `json:"comment"`
	Attributes []attribute `json:"Attribute"`
}

type tag struct {
	Name string `json:"name"`
}

// text is a JSON text or number.
type text string

// UnmarshalJSON takes a text as it is and a number as it is written; null is empty.
func (t *text) UnmarshalJSON(b []byte) error {
	var s string
	if len(b) > 0 && b[0] != '"' {
		if s = string(b); s == "null" {
			s = ""
		}
	} else if err := json.Unmarshal(b, &s); err != nil {
		return err
	}
	*t = text(s)
	return nil
}

// flag is a JSON truth value, also as 0, 1, "0" or "1".
type flag bool

// UnmarshalJSON takes what is neither true nor one for false.
func (f *flag) UnmarshalJSON(b []byte) error {
	s := strings.Trim(string(b), `"`)
	*f = s == "true" || s == "1"
	return nil
}

// port gives the port of the server that the group names, 0 for none or several.
func (o *object) port() (port uint16) {
	for i := range o.Attributes {
		a := &o.Attributes[i]
		if a.Type != "port" || a.Relation != "dst-port" || bool(a.Deleted) {
			continue
		}
		n := portOf(string(a.Value))
		if port != 0 && n != port {
			return 0
		}
		port = n
	}
	return port
}

func portOf(s string) uint16 {
	n, err := strconv.ParseUint(strings.TrimSpace(s), 10, 16)
	if err != nil {
		return 0
	}
	return uint16(n)
}

// reason says why an attribute of this type is not for us; empty when it is.
func (a *attribute) reason() string {
	kind, second, _ := strings.Cut(a.Type, "|")
	switch kind {
	case "ip-src", "ip-dst", "domain", "hostname", "url", "x509-fingerprint-sha1", "x509-fingerprint-sha256", "ja3-fingerprint-md5":
		if second == "" || second == "ip" || second == "port" {
			return ""
		}
	case "md5", "sha1", "sha224", "sha256", "sha384", "sha512", "ssdeep", "imphash", "tlsh", "filename", "malware-sample", "pehash", "authentihash", "vhash", "sha3-256":
		return "file"
	}
	return "unsupported"
}

// value is one of the values of an attribute.
type value struct {
	text  string
	loose bool
	kinds []indicator.Kind
}

func (v value) allows(k indicator.Kind) bool {
	for _, x := range v.kinds {
		if x == k {
			return true
		}
	}
	return false
}

// values takes the value apart: of two in one, by their types.
func (a *attribute) values() (all []value, port uint16) {
	ends := []indicator.Kind{indicator.Address, indicator.Prefix, indicator.Name}
	kind, second, _ := strings.Cut(a.Type, "|")
	whole := strings.TrimSpace(string(a.Value))
	head, tail := whole, ""
	if second != "" {
		head, tail, _ = strings.Cut(whole, "|")
	}
	switch kind {
	case "ip-src", "ip-dst":
		all = append(all, value{head, false, ends[:2]})
	case "domain", "hostname":
		all = append(all, value{head, true, ends[2:]})
	case "url":
		all = append(all, value{whole, true, ends})
	case "ja3-fingerprint-md5":
		all = append(all, value{whole, false, []indicator.Kind{indicator.JA3}})
	default:
		all = append(all, value{whole, false, []indicator.Kind{indicator.Certificate}})
	}
	switch second {
	case "ip":
		all = append(all, value{tail, false, ends[:2]})
	case "port":
		if kind == "ip-dst" || kind == "hostname" {
			port = portOf(tail)
		}
	}
	return all, port
}

// cut bounds a text to what one may want to read.
func cut(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if len(s) > 160 {
		s = strings.ToValidUTF8(s[:160], "")
	}
	return s
}

// instant reads a time: seconds since 1970, or as ISO 8601 writes it; ns, 0 for none.
func instant(s string) int64 {
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		if n <= 0 || n > 1<<32 {
			return 0
		}
		return n * int64(time.Second)
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil || t.Year() < 1970 || t.Year() > 2200 {
		return 0
	}
	return t.UnixNano()
}
