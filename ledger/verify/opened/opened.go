package opened

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"strconv"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/ledger/proof"
)

// Entry is an opened entry with what it commits to.
type Entry struct {
	proof.Entry
	Index      int64
	Commitment proof.Commitment
}

// Reader reads opened entries: those in the shape that all have at a glance, others by
// the rules of papers, which then say what is wrong. It is for one goroutine.
type Reader struct {
	stamp   [20]byte // the last time that was read
	at      paper.Time
	classes map[string]proof.Class
	ids     map[string]paper.ID     // seen before, so right
	digests map[string]paper.Digest // of warrants seen before
	scratch []byte
}

// mostSeen bounds the maps of a Reader.
const mostSeen = 4096

// NewReader makes a reader.
func NewReader() *Reader {
	r := &Reader{classes: map[string]proof.Class{}, ids: map[string]paper.ID{}, digests: map[string]paper.Digest{}}
	for _, c := range proof.Classes() {
		r.classes[string(c)] = c
	}
	return r
}

// Read reads one opened entry.
func (r *Reader) Read(data []byte) (Entry, error) {
	if e, ok := r.quick(data); ok {
		return e, nil
	}
	var o proof.Opened
	if err := paper.Unmarshal(data, &o); err != nil {
		return Entry{}, err
	}
	if err := o.Check(); err != nil {
		return Entry{}, err
	}
	if err := o.Entry.Class.Check(); err != nil {
		return Entry{}, err
	}
	leaf, err := o.Leaf()
	return Entry{Entry: o.Entry, Index: o.Index, Commitment: leaf}, err
}

// cursor goes through canonical text. ok turns false where it is not as expected.
type cursor struct {
	rest []byte
	ok   bool
}

// skip passes over text that must be there.
func (c *cursor) skip(text string) {
	if !c.ok || len(c.rest) < len(text) || string(c.rest[:len(text)]) != text {
		c.ok = false
		return
	}
	c.rest = c.rest[len(text):]
}

// text gives what stands before a quotation mark; nothing that needs an escape.
func (c *cursor) text() []byte {
	i := bytes.IndexByte(c.rest, '"')
	if !c.ok || i < 0 || i > 128 {
		c.ok = false
		return nil
	}
	t := c.rest[:i]
	c.rest = c.rest[i+1:]
	return t
}

// maybe says whether a member follows, and passes over its name.
func (c *cursor) maybe(name string) bool {
	if !c.ok || !bytes.HasPrefix(c.rest, []byte(name)) {
		return false
	}
	c.rest = c.rest[len(name):]
	return true
}

// quick reads an entry whose members stand as canonical JSON has them.
func (r *Reader) quick(data []byte) (e Entry, ok bool) {
	c := cursor{rest: data, ok: true}
	c.skip(`{"entry":`)
	begin := len(data) - len(c.rest)
	c.skip(`{"at":"`)
	e.At = r.time(&c, c.text())
	c.skip(`,"class":"`)
	if e.Class, ok = r.classes[string(c.text())]; !ok {
		return e, false
	}
	c.skip(`,"content":"`)
	e.Content = digest(&c, c.text())
	if c.maybe(`,"instrument":"`) {
		e.Instrument = r.id(&c, c.text())
	}
	if c.maybe(`,"paper":"`) {
		e.Paper = digest(&c, c.text())
	}
	c.skip(`,"role":"`)
	e.Role = r.id(&c, c.text())
	if c.maybe(`,"warrant":"`) {
		e.Warrant = r.warrant(&c, c.text())
	}
	c.skip(`}`)
	end := len(data) - len(c.rest)
	c.skip(`,"index":`)
	e.Index = number(&c)
	c.skip(`,"key":"`)
	key := c.text()
	c.skip(`}`)
	if !c.ok || len(c.rest) > 0 || len(key) != base64.StdEncoding.EncodedLen(proof.KeySize) {
		return e, false
	}
	var raw [proof.KeySize + 2]byte // decoding a last group of two writes three
	if n, err := base64.StdEncoding.Strict().Decode(raw[:], key); err != nil || n != proof.KeySize {
		return e, false
	}
	e.Commitment = r.commit(raw[:proof.KeySize], data[begin:end])
	return e, true
}

func number(c *cursor) int64 {
	i := 0
	for i < len(c.rest) && i < 16 && c.rest[i] >= '0' && c.rest[i] <= '9' {
		i++
	}
	n, err := strconv.ParseInt(string(c.rest[:i]), 10, 64)
	if !c.ok || err != nil || i > 1 && c.rest[0] == '0' || n > 1<<53-1 {
		c.ok = false
		return 0
	}
	c.rest = c.rest[i:]
	return n
}

func (r *Reader) time(c *cursor, text []byte) paper.Time {
	if len(text) == len(r.stamp) && string(text) == string(r.stamp[:]) {
		return r.at
	}
	at, err := paper.ParseTime(string(text))
	if err != nil {
		c.ok = false
		return 0
	}
	copy(r.stamp[:], text)
	r.at = at
	return at
}

func (r *Reader) id(c *cursor, text []byte) paper.ID {
	if id, ok := r.ids[string(text)]; ok {
		return id
	}
	id := paper.ID(text)
	if id.Check() != nil {
		c.ok = false
	}
	if c.ok && len(r.ids) < mostSeen {
		r.ids[string(id)] = id
	}
	return id
}

func (r *Reader) warrant(c *cursor, text []byte) paper.Digest {
	if d, ok := r.digests[string(text)]; ok {
		return d
	}
	d := digest(c, text)
	if c.ok && len(r.digests) < mostSeen {
		r.digests[string(d)] = d
	}
	return d
}

func digest(c *cursor, text []byte) paper.Digest {
	d := paper.Digest(text)
	if d.Check() != nil {
		c.ok = false
	}
	return d
}

// commit is HMAC-SHA-256 (RFC 2104) of an entry under a key of 32 bytes.
func (r *Reader) commit(key, entry []byte) proof.Commitment {
	var pad [sha256.BlockSize]byte
	var outer [sha256.BlockSize + sha256.Size]byte
	for i := range pad {
		var k byte
		if i < len(key) {
			k = key[i]
		}
		pad[i], outer[i] = k^0x36, k^0x5c
	}
	r.scratch = append(append(r.scratch[:0], pad[:]...), entry...)
	inner := sha256.Sum256(r.scratch)
	copy(outer[sha256.BlockSize:], inner[:])
	return sha256.Sum256(outer[:])
}
