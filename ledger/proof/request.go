package proof

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

// MaxRequest is the most bytes that a request to a witness has.
const MaxRequest = maxNote + (maxProof+2)*64

// Request asks a witness to cosign a checkpoint (tlog-witness, add-checkpoint).
type Request struct {
	Old   int64       // size of the witness's latest checkpoint of the log, as the asker believes
	Proof []tlog.Hash // that the tree of the old size is the beginning of the new one
	Note  []byte      // the checkpoint with the log's signature
}

// Marshal writes the body of the request.
func (r *Request) Marshal() []byte {
	var b strings.Builder
	b.WriteString("old " + strconv.FormatInt(r.Old, 10) + "\n")
	for _, h := range r.Proof {
		b.WriteString(encode(h[:]) + "\n")
	}
	b.WriteString("\n")
	b.Write(r.Note)
	return []byte(b.String())
}

// ParseRequest reads the body of a request.
func ParseRequest(body []byte) (*Request, error) {
	if len(body) > MaxRequest {
		return nil, fmt.Errorf("a request of %d bytes; the most is %d", len(body), MaxRequest)
	}
	head, checkpoint, ok := strings.Cut(string(body), "\n\n")
	lines := strings.Split(head, "\n")
	if !ok || !strings.HasPrefix(lines[0], "old ") || checkpoint == "" {
		return nil, errors.New("a request is a line with the old size, the proof, an empty line and a checkpoint")
	}
	old, err := number(strings.TrimPrefix(lines[0], "old "))
	if err != nil {
		return nil, fmt.Errorf("the old size: %w", err)
	}
	list, err := hashes(lines[1:], maxProof)
	if err != nil {
		return nil, err
	}
	return &Request{Old: old, Proof: list, Note: []byte(checkpoint)}, nil
}

// SignatureLine writes a signature as it stands under a note.
func SignatureLine(c *Cosigner, sig []byte) string {
	data := []byte{byte(c.hash >> 24), byte(c.hash >> 16), byte(c.hash >> 8), byte(c.hash)}
	return "— " + c.name + " " + encode(append(data, sig...)) + "\n"
}

// Join puts a witness's answer (signature lines) under a signed checkpoint. The lines
// are only checked for their form; Open finds out whether they count.
func Join(signed []byte, answers ...string) ([]byte, error) {
	text := string(signed)
	if !strings.HasSuffix(text, "\n") {
		return nil, errors.New("the checkpoint does not end with a line feed")
	}
	for _, answer := range answers {
		for _, line := range strings.SplitAfter(answer, "\n") {
			switch {
			case line == "":
			case !strings.HasPrefix(line, "— ") || !strings.HasSuffix(line, "\n") || len(line) > 8<<10:
				return nil, errors.New("the witness's answer holds a line that is no signature")
			default:
				text += line
			}
		}
	}
	return []byte(text), nil
}
