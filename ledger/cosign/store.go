package cosign

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/noroshi-acd/noroshi/ledger/cosign/disk"
)

// Names of files in the state folder. Each log has a folder named by OriginHash.
const (
	birthFile      = "witness"    // says whose state this is
	checkpointFile = "checkpoint" // the latest cosigned checkpoint: log's signature and own cosignature
	begunFile      = "begun"      // the log was cosigned at least once
	stopFile       = "stop.json"  // while it is there nothing is cosigned
	anchorFile     = "anchor.json"
	splitPrefix    = "split-"
	doubtPrefix    = "doubt-"
	decisionPrefix = "decision-"
	seenFolder     = "seen" // the latest checkpoints of other witnesses
)

// OriginHash is what a log is called in paths: the SHA-256 of its origin in lower case
// hexadecimal (tlog-witness).
func OriginHash(origin string) string {
	sum := sha256.Sum256([]byte(origin))
	return hex.EncodeToString(sum[:])
}

// Create makes the state folder of a new witness. A folder that holds anything is
// refused: a state is never replaced in silence.
func Create(dir, vkey string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	list, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	if len(list) > 0 {
		return fmt.Errorf("%s is not empty: %w", dir, fs.ErrExist)
	}
	return disk.Write(filepath.Join(dir, birthFile), []byte(vkey+"\n"))
}

// filesWith lists the files of dir whose names begin with prefix, in order.
func filesWith(dir, prefix string) ([]string, error) {
	list, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var names []string
	for _, e := range list {
		if strings.HasPrefix(e.Name(), prefix) && !e.IsDir() {
			names = append(names, filepath.Join(dir, e.Name()))
		}
	}
	return names, err
}
