package keep

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/flowstore"
	"github.com/noroshi-acd/noroshi/flowstore/sealed"
)

// accountFile outlives the groups: what was counted and destroyed. It holds no record.
// Who can write it can make the books wrong, which the other side's books show.
const accountFile = "account.json"

// account is the content of that file.
type account struct {
	Gone  []gone  `json:"gone"`
	Other []other `json:"other"` // refused because their group is gone
}

// gone is a group that was destroyed, or is about to be.
type gone struct {
	flowstore.Disposal
	Counts map[paper.ID]flowstore.Counts `json:"counts"`
	Done   bool                          `json:"done"` // false: the key may still be there
}

type other struct {
	flowstore.Account
	Refused int64 `json:"refused"`
}

func loadAccount(dir string) (a account, err error) {
	text, err := os.ReadFile(filepath.Join(dir, accountFile))
	if errors.Is(err, fs.ErrNotExist) {
		return a, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &a)
	}
	return a, err
}

func (a account) save(dir string) error {
	text, err := json.Marshal(a)
	if err != nil {
		return err
	}
	return replace(filepath.Join(dir, accountFile), text)
}

// refuse counts records that came for a group that is gone.
func (a *account) refuse(who flowstore.Account, n int64) {
	for i := range a.Other {
		if a.Other[i].Account == who {
			a.Other[i].Refused += n
			return
		}
	}
	a.Other = append(a.Other, other{who, n})
}

// counts adds up what is counted here.
func (a account) counts(sums map[flowstore.Account]*flowstore.Counts) {
	for _, g := range a.Gone {
		for link, n := range g.Counts {
			if g.Expired {
				n.Expired += n.Held
			} else {
				n.Disposed += n.Held
			}
			n.Held = 0
			add(of(sums, flowstore.Account{Warrant: g.Warrant, Link: link}), n)
		}
	}
	for _, o := range a.Other {
		add(of(sums, o.Account), flowstore.Counts{Received: o.Refused, Refused: o.Refused})
	}
}

// replace writes a file so that after a stop it is there whole, or as before.
func replace(path string, data []byte) error {
	f, err := os.OpenFile(path+unfinished, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(path+unfinished, path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(path+unfinished))
	}
	return sealed.SyncDir(filepath.Dir(path))
}
