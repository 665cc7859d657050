package desk

import (
	"strings"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/shelf"
	"github.com/noroshi-acd/noroshi/authority/trust"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/ledger/proof"
)

// Proven checks a receipt for an opened entry against the logs and witnesses of a view.
// What does not prove it is an error with the file's name.
func (d *Desk) Proven(v *trust.View, receiptFile, openedFile string) (*proof.Position, *proof.Opened, error) {
	position, _, opened, err := d.proven(v, receiptFile, openedFile)
	return position, opened, err
}

// Recorded gives the time at which witnesses saw a root or list in a log, by a receipt
// for its entry. The entry MUST hold this envelope, its signatures included.
func (d *Desk) Recorded(v *trust.View, e *paper.Envelope, receiptFile, openedFile string) (paper.Time, error) {
	_, signed, opened, err := d.proven(v, receiptFile, openedFile)
	if err != nil {
		return 0, err
	}
	text, err := e.Marshal()
	if err != nil {
		return 0, unproven(openedFile, err)
	}
	if opened.Entry.Class != proof.Trust || opened.Entry.Paper != e.Digest() || opened.Entry.Content != paper.DigestOf(text) {
		return 0, Wrong(fault.Permission, fault.Place{Path: openedFile}, "desk.elsewhere")
	}
	return paper.Time(signed.Median()), nil
}

func (d *Desk) proven(v *trust.View, receiptFile, openedFile string) (*proof.Position, *proof.Signed, *proof.Opened, error) {
	text, err := shelf.Whole(receiptFile, 1<<20)
	if err != nil {
		return nil, nil, nil, err
	}
	receipt, err := proof.ParseReceipt(text)
	if err != nil {
		return nil, nil, nil, unproven(receiptFile, err)
	}
	text, err = shelf.Bytes(openedFile, 1<<20)
	if err != nil {
		return nil, nil, nil, err
	}
	var opened proof.Opened
	if err := paper.Unmarshal(text, &opened); err != nil {
		return nil, nil, nil, shelf.Faulty(openedFile, err)
	}
	leaf, err := opened.Leaf()
	if err != nil {
		return nil, nil, nil, unproven(openedFile, err)
	}
	var witnesses []string
	for _, w := range v.Witnesses().Keys {
		witnesses = append(witnesses, w.Key)
	}
	quorum, err := proof.NewQuorum(witnesses, v.Witnesses().K)
	if err != nil {
		return nil, nil, nil, unproven(receiptFile, err)
	}
	origin, _, _ := strings.Cut(string(receipt.Note), "\n")
	log, ok := v.Log(origin)
	if !ok {
		return nil, nil, nil, Wrong(fault.Permission, fault.Place{Path: receiptFile}, "desk.foreign", "origin", origin)
	}
	key, err := proof.ParseLogKey(log.Key)
	if err != nil {
		return nil, nil, nil, unproven(receiptFile, err)
	}
	position, signed, err := receipt.Verify(leaf, key, quorum)
	if err != nil {
		return nil, nil, nil, unproven(receiptFile, err)
	}
	return position, signed, &opened, nil
}

func unproven(file string, err error) error {
	e := Wrong(fault.Permission, fault.Place{Path: file}, "desk.unproven").(*fault.Error)
	e.Err = err
	return e
}
