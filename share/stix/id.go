package stix

import (
	"bytes"
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"time"
)

// namespaceSCO is the standard's name space for ids of observables.
const namespaceSCO = "00abedb4-aa42-466c-9c01-fed23315a9b7"

// namespaceOurs is the name space of all other ids, itself made from the name space
// of web addresses and the address of this project.
const namespaceOurs = "4b161493-1522-5abe-a610-18b8833e2e40"

// UUID5 gives the name-based UUID of name in a name space (RFC 9562, version 5).
// It panics when space is no UUID.
func UUID5(space string, name []byte) string {
	raw, err := hex.DecodeString(string(bytes.ReplaceAll([]byte(space), []byte("-"), nil)))
	if err != nil || len(raw) != 16 {
		panic("stix: no UUID: " + space)
	}
	h := sha1.New() // the version's own choice; nothing here depends on its strength
	h.Write(raw)
	h.Write(name)
	u := h.Sum(nil)[:16]
	u[6] = u[6]&0x0f | 0x50
	u[8] = u[8]&0x3f | 0x80
	x := hex.EncodeToString(u)
	return x[:8] + "-" + x[8:12] + "-" + x[12:16] + "-" + x[16:20] + "-" + x[20:]
}

// ObservableID gives the id that the standard wants for an observable: from the
// canonical JSON of those of its properties that contribute.
func ObservableID(kind string, contributing map[string]any) string {
	return kind + "--" + UUID5(namespaceSCO, canonical(contributing))
}

// id gives an id of our own that key alone decides.
func id(kind, key string) string { return kind + "--" + UUID5(namespaceOurs, []byte(kind+"|"+key)) }

// canonical writes v as RFC 8785 does, for the values that ids are made of: text
// without line separators, whole numbers, booleans, lists.
func canonical(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic("stix: " + err.Error()) // the types above always can
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// stamp writes a moment (ns) as the standard wants it.
func stamp(ns int64) string { return time.Unix(0, ns).UTC().Format("2006-01-02T15:04:05.000Z") }
