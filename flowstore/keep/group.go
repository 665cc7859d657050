package keep

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/books"
	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flowstore"
	"github.com/noroshi-acd/noroshi/flowstore/sealed"
)

// The files of a group, and what their frames are for.
const (
	keyFile     = "key"
	journalFile = "journal."
	partFile    = "part."
	unfinished  = ".new"
)

// batchID names a batch: a grant never has two of one number.
type batchID struct {
	Grant  paper.Digest `json:"grant"`
	Number int64        `json:"number"`
}

// Pending is a batch that is durable in a journal and not yet in a part.
type Pending struct {
	Content []byte // in flow's encoding, found right when it came
	Seq     int64  // of its first record
	Via     int32  // the number of its link in the group
	Records int64
}

// group is the records of one warrant and day. The store's writing lock guards all
// changes; mu keeps readers away while they are made. A reader copies what it needs and
// holds life alone while it reads, so that an answer does not stop what comes in.
type group struct {
	flowstore.Group
	dir string
	key [sealed.KeySize]byte

	life     sync.RWMutex // held for reading while somebody reads, and to close the files
	mu       sync.RWMutex
	until    paper.Time // the earliest limit that any delivery named; 0 before the first one
	seen     map[batchID]paper.Digest
	links    []paper.ID // via is an index into it; it only grows
	counts   map[paper.ID]*flowstore.Counts
	seq      int64
	parts    []*Part
	newest   int // the number of the newest part
	waiting  []Pending
	records  int                            // that wait
	batches  []stored                       // since the newest part
	since    map[paper.ID]*flowstore.Counts // counted since the newest part
	journal  *sealed.Writer
	last     int // the number of the newest journal
	broken   error
	unsynced bool
}

// line is the first line of a journal's frame; the batch as it came follows, if stored.
type line struct {
	Header books.Batch       `json:"header"`
	Until  paper.Time        `json:"until"`
	Is     flowstore.Outcome `json:"is"`
}

func newGroup(g flowstore.Group, dir string, key []byte) *group {
	x := &group{Group: g, dir: dir, seen: map[batchID]paper.Digest{}, counts: map[paper.ID]*flowstore.Counts{}, since: map[paper.ID]*flowstore.Counts{}}
	copy(x.key[:], key)
	return x
}

func numbered(kind string, n int) string { return kind + strconv.Itoa(n) }

// numbers lists the numbers of the group's files of a kind, rising.
func (g *group) numbers(kind string) ([]int, error) {
	files, err := os.ReadDir(g.dir)
	if err != nil {
		return nil, err
	}
	var found []int
	for _, f := range files {
		if text, ok := strings.CutPrefix(f.Name(), kind); ok {
			if n, err := strconv.Atoi(text); err == nil && n > 0 {
				found = append(found, n)
			}
		}
	}
	slices.Sort(found)
	return found, nil
}

// load reads what the folder holds: parts first, then the journals that no part has
// taken in. What a stop left behind unfinished is removed.
func (g *group) load() error {
	left, err := filepath.Glob(filepath.Join(g.dir, "*"+unfinished))
	if err != nil {
		return err
	}
	for _, path := range left {
		if err := os.Remove(path); err != nil {
			return err
		}
	}
	parts, err := g.numbers(partFile)
	if err != nil {
		return err
	}
	taken := 0
	for _, n := range parts {
		p, err := openPart(filepath.Join(g.dir, numbered(partFile, n)), n, &g.key)
		if err != nil {
			return err
		}
		g.parts = append(g.parts, p)
		g.newest = n
		g.take(&p.contents)
		taken = max(taken, p.Journals)
	}
	journals, err := g.numbers(journalFile)
	if err != nil {
		return err
	}
	g.last = taken
	for _, n := range journals {
		path := filepath.Join(g.dir, numbered(journalFile, n))
		if n <= taken {
			if err := os.Remove(path); err != nil {
				return err
			}
			continue
		}
		g.last = max(g.last, n)
		if err := g.replay(path, n); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	return nil
}

// take adds what a part says of itself.
func (g *group) take(c *contents) {
	g.limit(c.Until)
	g.seq = max(g.seq, c.Seq)
	g.links = c.Links
	for _, b := range c.Batches {
		g.seen[b.batchID] = b.Content
	}
	for link, n := range c.Counts {
		add(of(g.counts, link), n)
	}
}

// replay takes a journal in, by the same steps as a delivery. What the end of the file
// cuts off was never acknowledged.
func (g *group) replay(path string, number int) error {
	r, err := sealed.Open(path, &g.key, numbered(journalFile, number))
	if errors.Is(err, sealed.ErrTorn) {
		return nil
	} else if err != nil {
		return err
	}
	defer r.Close()
	for {
		frame, err := r.Next()
		if errors.Is(err, io.EOF) || errors.Is(err, sealed.ErrTorn) {
			return nil
		} else if err != nil {
			return err
		}
		text, content, _ := bytes.Cut(frame, []byte("\n"))
		var l line
		if err := json.Unmarshal(text, &l); err != nil {
			return err
		}
		g.apply(l, content)
	}
}

func (g *group) limit(until paper.Time) {
	if g.until == 0 || until < g.until {
		g.until = until
	}
}

func of[K comparable](m map[K]*flowstore.Counts, k K) *flowstore.Counts {
	if m[k] == nil {
		m[k] = &flowstore.Counts{}
	}
	return m[k]
}

func add(to *flowstore.Counts, n flowstore.Counts) {
	to.Received += n.Received
	to.Duplicate += n.Duplicate
	to.Refused += n.Refused
	to.Stored += n.Stored
	to.Held += n.Held
	to.Expired += n.Expired
	to.Disposed += n.Disposed
}

// counted gives the counters of one delivery.
func counted(is flowstore.Outcome, n int64) flowstore.Counts {
	switch is {
	case flowstore.Stored:
		return flowstore.Counts{Received: n, Stored: n, Held: n}
	case flowstore.Duplicate:
		return flowstore.Counts{Received: n, Duplicate: n}
	}
	return flowstore.Counts{Received: n, Refused: n}
}

// apply takes one frame of a journal into the group.
func (g *group) apply(l line, content []byte) {
	h := l.Header
	add(of(g.counts, h.Link), counted(l.Is, h.Records))
	add(of(g.since, h.Link), counted(l.Is, h.Records))
	if l.Is != flowstore.Stored {
		return
	}
	g.limit(l.Until)
	id := batchID{h.Grant, h.Number}
	g.seen[id] = h.Content
	g.batches = append(g.batches, stored{id, h.Content})
	via := slices.Index(g.links, h.Link)
	if via < 0 {
		via = len(g.links)
		g.links = append(g.links, h.Link)
	}
	g.waiting = append(g.waiting, Pending{Content: content, Seq: g.seq, Via: int32(via), Records: h.Records})
	g.seq += h.Records
	g.records += int(h.Records)
}

// judge says what is to become of a delivery. scratch is for its records.
func (g *group) judge(d flowstore.Delivery, now paper.Time, scratch *flow.Batch) flowstore.Outcome {
	h := d.Header
	if content, ok := g.seen[batchID{h.Grant, h.Number}]; ok {
		if content == h.Content {
			return flowstore.Duplicate
		}
		return flowstore.Refused
	}
	over := d.Until <= now || g.until != 0 && g.until <= now
	if over || int64(len(d.Content)) != h.Bytes || paper.DigestOf(d.Content) != h.Content {
		return flowstore.Refused
	}
	if flow.DecodeBatch(d.Content, scratch) != nil || int64(len(scratch.Records)) != h.Records {
		return flowstore.Refused
	}
	return flowstore.Stored
}

// write puts a delivery into the journal; it is durable after sync.
func (g *group) write(d flowstore.Delivery, is flowstore.Outcome) error {
	if g.broken != nil {
		return g.broken
	}
	l := line{Header: d.Header, Until: d.Until, Is: is}
	frame, err := json.Marshal(l)
	if err != nil {
		return err
	}
	frame = append(frame, '\n')
	at := len(frame)
	if is == flowstore.Stored {
		frame = append(frame, d.Content...)
	}
	if g.journal == nil {
		n := g.last + 1
		path := filepath.Join(g.dir, numbered(journalFile, n))
		if g.journal, err = sealed.Create(path, &g.key, numbered(journalFile, n)); err != nil {
			return err
		}
		g.last = n
		if err := sealed.SyncDir(g.dir); err != nil {
			g.broken = err
			return err
		}
	}
	if _, err := g.journal.Append(frame); err != nil {
		g.broken = err // what the file holds now is known only to a reader
		return err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.unsynced = true
	g.apply(l, frame[at:])
	return nil
}

// sync makes what was written durable. After a failure the group takes nothing more until
// the store is opened again: memory and disk may differ.
func (g *group) sync() error {
	if !g.unsynced {
		return nil
	}
	if err := g.journal.Sync(); err != nil {
		g.broken = err
		return err
	}
	g.unsynced = false
	return nil
}

// close closes all files.
func (g *group) close() error {
	g.life.Lock()
	defer g.life.Unlock()
	g.mu.Lock()
	defer g.mu.Unlock()
	var err error
	if g.journal != nil {
		err = g.journal.Close()
		g.journal = nil
	}
	for _, p := range g.parts {
		err = errors.Join(err, p.file.Close())
	}
	clear(g.key[:])
	return err
}

// totals adds the counters of all links up.
func (g *group) totals() (n flowstore.Counts) {
	for _, c := range g.counts {
		add(&n, *c)
	}
	return n
}

// wipe removes the folder. Without its key it says nothing any more; this frees the disk.
func wipe(dir string) error {
	err := os.RemoveAll(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
