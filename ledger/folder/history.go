package folder

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// The history is one file of records: length, CRC-32, signed note. A single file,
// because a file for each of a quiet log's checkpoints would take a block of disk each.
const historyHead = 8

// maxRecord is the most bytes that a note of the history can have.
const maxRecord = 64 << 10

// AppendHistory adds a note at the end.
func AppendHistory(path string, text []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(HistoryRecord(text))
	return errors.Join(err, f.Sync(), f.Close())
}

// HistoryRecord is a note as the history has it.
func HistoryRecord(text []byte) []byte {
	record := binary.BigEndian.AppendUint32(nil, uint32(len(text)))
	record = binary.BigEndian.AppendUint32(record, crc32.ChecksumIEEE(text))
	return append(record, text...)
}

// ReadHistory gives the notes to yield, oldest first, until it says no, and the length
// of the file's good part. A record that was not written to its end is left out, as is
// all behind it: the history is evidence, and none is made up.
func ReadHistory(path string, yield func(text []byte) error) (good int64, err error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	for rest := data; len(rest) >= historyHead; {
		n := int(binary.BigEndian.Uint32(rest))
		if n > maxRecord || historyHead+n > len(rest) {
			break
		}
		text := rest[historyHead : historyHead+n]
		if crc32.ChecksumIEEE(text) != binary.BigEndian.Uint32(rest[4:]) {
			break
		}
		if err := yield(text); err != nil {
			return good, err
		}
		rest, good = rest[historyHead+n:], good+int64(historyHead+n)
	}
	return good, nil
}

// MendHistory cuts off what a stop left of an unfinished record, and adds the published
// checkpoint when the stop came before it was in.
func MendHistory(path string, published []byte) error {
	var last []byte
	good, err := ReadHistory(path, func(text []byte) error {
		last = text
		return nil
	})
	if err != nil {
		return err
	}
	if info, err := os.Stat(path); err == nil && info.Size() > good {
		if err := os.Truncate(path, good); err != nil {
			return err
		}
	}
	if published != nil && string(last) != string(published) {
		return AppendHistory(path, published)
	}
	return nil
}

// ThinHistory keeps of the notes before limit the last one of each hour. at tells the
// time of a note; times are seconds since 1970.
func ThinHistory(path string, limit int64, at func(text []byte) int64) error {
	const hour = 3600
	var kept, waiting []byte
	dropped, last := 0, int64(-1)
	_, err := ReadHistory(path, func(text []byte) error {
		when := at(text)
		if waiting != nil && (when >= limit || when/hour != last) {
			kept, waiting = append(kept, waiting...), nil
		}
		if waiting != nil {
			dropped++
		}
		if when >= limit {
			kept = append(kept, HistoryRecord(text)...)
			return nil
		}
		waiting, last = HistoryRecord(text), when/hour
		return nil
	})
	if err != nil || dropped == 0 {
		return err
	}
	return Replace(path, append(kept, waiting...))
}

// Replace writes a file so that after a stop it is there whole, or as it was before.
func Replace(path string, data []byte) error {
	temp := path + ".new"
	f, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(temp, path)
	}
	if err != nil {
		_ = os.Remove(temp)
		return err
	}
	d, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// ReadLimited reads a file that must not be longer than most bytes.
func ReadLimited(path string, most int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(f, most+1))
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, err
	}
	if int64(len(data)) > most {
		return nil, fmt.Errorf("%s has more than %d bytes", path, most)
	}
	return data, nil
}
