package verifytest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/warrant/warranttest"
	"github.com/noroshi-acd/noroshi/ledger/proof"
	"github.com/noroshi-acd/noroshi/ledger/verify/archive"
)

type sum = [sha256.Size]byte

// Entry is one entry of a log with what the export says of it.
type Entry struct {
	proof.Entry
	Key     [32]byte
	Payload []byte // nil: not in the export
	Sealed  bool   // not opened

	text []byte // of the opened entry
	hash sum    // of the leaf
	leaf sum
}

// Stamp is a checkpoint: its size, and the time at which witnesses cosign it.
type Stamp struct {
	Size int64
	Time paper.Time
}

// Log is a log that is being made.
type Log struct {
	Origin, Signer string
	Entries        []*Entry
	Stamps         []Stamp // by rising size; the last is the latest checkpoint
	Kept           []int64 // sizes whose partial tiles are still there
	World          *warranttest.World
	Witnesses      []string // that cosign
}

// Dir is the folder of the log in an export.
func (l *Log) Dir() string {
	s := sha256.Sum256([]byte(l.Origin))
	return "logs/" + hex.EncodeToString(s[:]) + "/"
}

// finish makes the leaf and the opened text of an entry.
func (e *Entry) finish(index int) error {
	text, err := paper.Marshal(e.Entry)
	if err != nil {
		return err
	}
	m := hmac.New(sha256.New, e.Key[:])
	m.Write(text)
	e.leaf = sum(m.Sum(nil))
	e.hash = sha256.Sum256(append([]byte{0}, e.leaf[:]...))
	e.text, err = paper.Marshal(proof.Opened{Entry: e.Entry, Index: int64(index), Key: e.Key[:]})
	return err
}

// Replace puts another entry in the place of one.
func (l *Log) Replace(i int, e *Entry) error {
	l.Entries[i] = e
	return e.finish(i)
}

// Clone gives a copy whose entries can be replaced by themselves.
func (l *Log) Clone() *Log {
	c := *l
	c.Entries = slices.Clone(l.Entries)
	c.Stamps = slices.Clone(l.Stamps)
	return &c
}

// Write writes the log's files into an export; from is the index of the first entry
// that has changed since it was written there before.
func (l *Log) Write(m *archive.Memory, from int) {
	dir := l.Dir()
	for i, e := range l.Entries[from:] {
		name := fmt.Sprintf("%sopened/%012d.json", dir, from+i)
		if m.Get(name) != nil || !e.Sealed {
			if e.Sealed {
				m.Remove(name)
			} else {
				m.Set(name, e.text)
			}
		}
		if e.Payload != nil && !e.Sealed {
			m.Set(dir+"content/"+strings.TrimPrefix(string(e.Content), "sha256:"), e.Payload)
		}
	}
	rows := l.rows()
	l.tiles(m, rows, from)
	for _, size := range l.Kept {
		l.partial(m, rows, size)
	}
	for i, s := range l.Stamps {
		name := fmt.Sprintf("%scheckpoints/%020d", dir, s.Size)
		if i == len(l.Stamps)-1 {
			name = dir + "checkpoint"
		}
		if int(s.Size) > from || m.Get(name) == nil {
			m.Set(name, l.Note(s, root(rows[0][:s.Size])))
		}
	}
}

// Root gives the tree's root at a size.
func (l *Log) Root(size int64) [sha256.Size]byte {
	return root(l.rows()[0][:size])
}

// rows gives the hashes of all complete subtrees of 256^level leaves.
func (l *Log) rows() [][]sum {
	leaves := make([]sum, len(l.Entries))
	for i, e := range l.Entries {
		leaves[i] = e.hash
	}
	rows := [][]sum{leaves}
	for len(rows[len(rows)-1]) >= 256 {
		below := rows[len(rows)-1]
		var above []sum
		for i := 0; i+256 <= len(below); i += 256 {
			above = append(above, root(below[i:i+256]))
		}
		rows = append(rows, above)
	}
	return rows
}

// root is MTH of RFC 6962, as it stands there.
func root(list []sum) sum {
	switch len(list) {
	case 0:
		return sha256.Sum256(nil)
	case 1:
		return list[0]
	}
	k := 1
	for 2*k < len(list) {
		k *= 2
	}
	left, right := root(list[:k]), root(list[k:])
	return sha256.Sum256(append(append([]byte{1}, left[:]...), right[:]...))
}

// tiles writes the tiles from the one that holds the entry from.
func (l *Log) tiles(m *archive.Memory, rows [][]sum, from int) {
	for level, row := range rows {
		for n := from / 256; n*256 < len(row); n++ {
			l.tile(m, level, n, row[n*256:min(len(row), n*256+256)])
		}
		from /= 256
	}
}

// partial writes the partial tiles that the log had at an older size.
func (l *Log) partial(m *archive.Memory, rows [][]sum, size int64) {
	for level, row := range rows {
		n := int(size >> (8 * level))
		if w := n % 256; w > 0 {
			l.tile(m, level, n/256, row[n-w:n])
		}
	}
}

// tile writes one tile; with one of leaves, their bundle.
func (l *Log) tile(m *archive.Memory, level, n int, hashes []sum) {
	number := fmt.Sprintf("%03d", n%1000)
	for rest := n / 1000; rest > 0; rest /= 1000 {
		number = fmt.Sprintf("x%03d/%s", rest%1000, number)
	}
	if len(hashes) < 256 {
		number += fmt.Sprintf(".p/%d", len(hashes))
	}
	var data, bundle []byte
	for i, h := range hashes {
		data = append(data, h[:]...)
		if level == 0 {
			bundle = binary.BigEndian.AppendUint16(bundle, sha256.Size)
			bundle = append(bundle, l.Entries[n*256+i].leaf[:]...)
		}
	}
	m.Set(fmt.Sprintf("%stile/%d/%s", l.Dir(), level, number), data)
	if level == 0 {
		m.Set(l.Dir()+"tile/entries/"+number, bundle)
	}
}

// Note signs a checkpoint with the log's key and has it cosigned.
func (l *Log) Note(s Stamp, root [sha256.Size]byte) []byte {
	text := fmt.Sprintf("%s\n%d\n%s\n", l.Origin, s.Size, base64.StdEncoding.EncodeToString(root[:]))
	note := text + "\n" + l.line(l.Origin, l.Signer, 1, []byte(text), nil)
	for _, w := range l.Witnesses {
		stamp := binary.BigEndian.AppendUint64(nil, uint64(s.Time))
		note += l.line(w, w, 4, fmt.Appendf(nil, "cosignature/v1\ntime %d\n%s", s.Time, text), stamp)
	}
	return []byte(note)
}

// line is a signature line: the key's hash, what comes before the signature, and it.
func (l *Log) line(name, signer string, algorithm byte, message, before []byte) string {
	key := l.World.NoteKey(name, signer, algorithm)
	hash, _ := hex.DecodeString(strings.Split(key, "+")[1])
	sig, _ := l.World.Signer(signer).Sign(message)
	return fmt.Sprintf("— %s %s\n", name, base64.StdEncoding.EncodeToString(append(append(hash, before...), sig...)))
}
