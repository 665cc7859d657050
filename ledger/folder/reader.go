package folder

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"

	"golang.org/x/mod/sumdb/note"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/ledger/keyring"
	"github.com/noroshi-acd/noroshi/ledger/payload"
	"github.com/noroshi-acd/noroshi/ledger/proof"
)

// The names in a ledger's folder.
const (
	AboutName      = "ledger.json"
	CheckpointName = "checkpoint"
	HistoryName    = "history"
	TreeDir        = "tree"
	PayloadsDir    = "payloads"
	ActsDir        = "acts"
	Opened         = "opened"
)

// FirstData is the lowest number of a key of communications data; those of acts lie below.
const FirstData = 1 << 31

// About is what a folder says of its ledger.
type About struct {
	Format   int    `json:"format"`
	Origin   string `json:"origin"`
	Key      string `json:"key"`
	Birthday string `json:"birthday"`
}

// Reader reads a ledger's folder, also beside a process that writes it. Its methods may
// be called by several goroutines.
type Reader struct {
	dir       string
	about     About
	verifier  note.Verifier
	quorum    proof.Quorum
	published atomic.Pointer[proof.Signed] // nil before the first
	payloads  *payload.Store               // nil when nothing is published yet
	acts      *keyring.Ring                // nil when its keys are not here
	data      *keyring.Ring                // nil when its keys are not here
}

// Open opens a ledger's folder for reading. vkey is the log's verifier key; empty
// means the one that the folder itself names, which proves nothing to others. keys is
// the folder of the keys of communications data; empty means without them. A reader sees
// what was published when it was opened, see [Reader.Refresh].
func Open(dir, keys, vkey string, q proof.Quorum) (*Reader, error) {
	text, err := readAbout(dir)
	if err != nil {
		return nil, err
	}
	if vkey == "" {
		vkey = text.Key
	}
	verifier, err := proof.ParseLogKey(vkey)
	if err != nil {
		return nil, Wrong(fault.Invalid, "config.key", fault.Place{Path: dir}, err)
	}
	r, err := Public(dir, verifier, q)
	if err != nil {
		return nil, err
	}
	if s := r.published.Load(); s != nil {
		if r.payloads, err = payload.Open(filepath.Join(dir, PayloadsDir), s.Size, false); err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrPermission) {
			return nil, Wrong(fault.Invalid, "damaged", fault.Place{Path: dir}, err)
		}
	}
	r.acts, err = keyring.Open(filepath.Join(dir, ActsDir), r.about.Origin, 1, false)
	if err == nil && keys != "" {
		r.data, err = keyring.Open(keys, r.about.Origin, FirstData, false)
	}
	if err != nil && !errors.Is(err, keyring.ErrNone) && !errors.Is(err, fs.ErrPermission) {
		return nil, Wrong(fault.Invalid, "keys.wrong", fault.Place{Path: dir}, err)
	}
	return r, nil
}

// Public opens what is public in a folder.
func Public(dir string, verifier note.Verifier, q proof.Quorum) (*Reader, error) {
	text, err := readAbout(dir)
	if err != nil {
		return nil, err
	}
	r := &Reader{dir: dir, about: text, verifier: verifier, quorum: q}
	if err := r.Refresh(); err != nil {
		return nil, err
	}
	return r, nil
}

func readAbout(dir string) (a About, err error) {
	path := filepath.Join(dir, AboutName)
	text, err := ReadLimited(path, maxRecord)
	if errors.Is(err, fs.ErrNotExist) {
		return a, Wrong(fault.NotFound, "none", fault.Place{Path: dir}, nil)
	}
	if err == nil {
		err = json.Unmarshal(text, &a)
	}
	if err == nil && a.Format != 1 {
		err = errors.New("the format is not 1")
	}
	if err != nil {
		return a, Wrong(fault.Invalid, "damaged", fault.Place{Path: path}, err)
	}
	return a, nil
}

// Refresh looks for a newer published checkpoint. It demands the log's signature and the
// quorum, and refuses one that is older than what it has.
func (r *Reader) Refresh() error {
	path := filepath.Join(r.dir, CheckpointName)
	text, err := ReadLimited(path, maxRecord)
	if errors.Is(err, fs.ErrNotExist) && r.published.Load() == nil {
		return nil
	}
	if err != nil {
		return err
	}
	s, err := proof.Open(text, r.verifier, r.quorum)
	if err != nil {
		return Wrong(fault.Invalid, "checkpoint", fault.Place{Path: path}, err)
	}
	if old := r.published.Load(); old != nil && (s.Size < old.Size || s.Size == old.Size && s.Root != old.Root) {
		return Wrong(fault.Invalid, "wentBack", fault.Place{Path: r.dir}, nil, "size", s.Size, "published", old.Size)
	}
	r.published.Store(s)
	return nil
}

// Issued notes a checkpoint that the writer published, which MUST have its quorum.
func (r *Reader) Issued(s *proof.Signed) { r.published.Store(s) }

// Equip gives the writer's payloads and keys to its reader, before it is shared.
func (r *Reader) Equip(payloads *payload.Store, acts, data *keyring.Ring) {
	r.payloads, r.acts, r.data = payloads, acts, data
}

// Origin is the log's name.
func (r *Reader) Origin() string { return r.about.Origin }

// Key is the log's verifier key.
func (r *Reader) Key() string { return r.about.Key }

// Birthday is the day on which the ledger began, 2006-01-02.
func (r *Reader) Birthday() string { return r.about.Birthday }

// Signed is the latest published checkpoint, nil before the first.
func (r *Reader) Signed() *proof.Signed { return r.published.Load() }

// Tree gives the tree under the latest published checkpoint.
func (r *Reader) Tree() (*proof.Tree, *proof.Signed, error) {
	s := r.published.Load()
	if s == nil {
		return nil, nil, Wrong(fault.NotFound, "unpublished", fault.Place{Path: r.dir}, nil)
	}
	return proof.NewTree(s.Checkpoint, r.File), s, nil
}

// File reads a file of the tree by its public path.
func (r *Reader) File(path string) ([]byte, error) {
	return os.ReadFile(filepath.Join(r.dir, TreeDir, filepath.FromSlash(path)))
}

// IsOpen says whether an entry was opened to everyone.
func (r *Reader) IsOpen(index int64) bool {
	_, err := os.Stat(filepath.Join(r.dir, Opened, OpenedName(index)))
	return err == nil
}

// Prove gives the receipt of an entry under the latest published checkpoint.
func (r *Reader) Prove(index int64) (*proof.Receipt, error) {
	tree, s, err := r.Tree()
	if err != nil {
		return nil, err
	}
	receipt, err := proof.MakeReceipt(tree, s.Note, index)
	if err != nil && index >= 0 && index < s.Size {
		return nil, Wrong(fault.Invalid, "damaged", fault.Place{Path: r.dir}, err)
	}
	return receipt, err
}

// Read opens an entry: its commitment's key, the entry and the payload, all held
// against each other and, as soon as it is published, against the leaf in the tree. The
// error matches [keyring.ErrDisposed] when its key was destroyed.
func (r *Reader) Read(index int64) (*proof.Opened, []byte, error) {
	o, content, err := r.read(index)
	if err != nil {
		return nil, nil, err
	}
	if tree, s, none := r.Tree(); none == nil && index < s.Size {
		leaf, err := o.Leaf()
		if err != nil {
			return nil, nil, err
		}
		if stands, err := tree.Leaf(index); err != nil || stands != leaf.Hash() {
			return nil, nil, Wrong(fault.Invalid, "entry", fault.Place{Path: r.dir}, errors.Join(err, errors.New("the tree has another leaf")), "index", index)
		}
	}
	return o, content, nil
}

// read is Read without a look into the tree.
func (r *Reader) read(index int64) (*proof.Opened, []byte, error) {
	if r.payloads == nil {
		return nil, nil, Wrong(fault.NotFound, "unpublished", fault.Place{Path: r.dir}, nil)
	}
	bad := func(err error) (*proof.Opened, []byte, error) {
		return nil, nil, Wrong(fault.Invalid, "entry", fault.Place{Path: r.dir}, err, "index", index)
	}
	sealed, err := r.payloads.Read(index)
	if err != nil {
		return bad(err)
	}
	ring := r.acts
	if sealed.Slot >= FirstData {
		ring = r.data
	}
	if ring == nil {
		return nil, nil, Wrong(fault.Permission, "keyless", fault.Place{Path: r.dir}, nil, "index", index)
	}
	plain, err := ring.Open(sealed.Slot, sealed.Leaf[:], sealed.Body)
	if errors.Is(err, keyring.ErrDisposed) {
		return nil, nil, Wrong(fault.NotFound, "disposed", fault.Place{Path: r.dir}, fault.Quiet(err), "index", index)
	}
	if err != nil {
		return bad(err)
	}
	key, text, content, err := Unpack(plain)
	if err != nil {
		return bad(err)
	}
	o := &proof.Opened{Index: index, Key: key[:]}
	if err := paper.Unmarshal(text, &o.Entry); err != nil {
		return bad(err)
	}
	if leaf := proof.CommitBytes(key, text); leaf != sealed.Leaf {
		return bad(errors.New("the payload is not that of its leaf"))
	}
	if o.Entry.Content != paper.DigestOf(content) {
		return bad(errors.New("the payload is not that of its entry"))
	}
	return o, content, nil
}

// History gives the published checkpoints that are kept, oldest first.
func (r *Reader) History(yield func(text []byte) error) error {
	_, err := ReadHistory(filepath.Join(r.dir, HistoryName), yield)
	return err
}

// Close closes the folder's files.
func (r *Reader) Close() error {
	if r.payloads == nil {
		return nil
	}
	return r.payloads.Close()
}

// Wrong makes the house's error of what area ledger says under a key.
func Wrong(kind fault.Kind, key string, at fault.Place, cause error, args ...any) error {
	if at.Offset == 0 {
		at.Offset = -1
	}
	hint := "ledger.hint." + key
	if strings.HasPrefix(key, "config.") { // what is wrong says it
		hint = "ledger.hint.settings"
	}
	return fault.Said(fault.Error{Kind: kind, Place: at, Err: cause},
		i18n.Both("ledger.op"), i18n.Both("ledger."+key, args...), i18n.Both(hint, args...))
}
