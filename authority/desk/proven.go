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
	text, err := shelf.Whole(receiptFile, 1<<20)
	if err != nil {
		return nil, nil, err
	}
	receipt, err := proof.ParseReceipt(text)
	if err != nil {
		return nil, nil, unproven(receiptFile, err)
	}
	text, err = shelf.Bytes(openedFile, 1<<20)
	if err != nil {
		return nil, nil, err
	}
	var opened proof.Opened
	if err := paper.Unmarshal(text, &opened); err != nil {
		return nil, nil, shelf.Faulty(openedFile, err)
	}
	leaf, err := opened.Leaf()
	if err != nil {
		return nil, nil, unproven(openedFile, err)
	}
	var witnesses []string
	for _, w := range v.Witnesses().Keys {
		witnesses = append(witnesses, w.Key)
	}
	quorum, err := proof.NewQuorum(witnesses, v.Witnesses().K)
	if err != nil {
		return nil, nil, unproven(receiptFile, err)
	}
	origin, _, _ := strings.Cut(string(receipt.Note), "\n")
	log, ok := v.Log(origin)
	if !ok {
		return nil, nil, Wrong(fault.Permission, fault.Place{Path: receiptFile}, "desk.foreign", "origin", origin)
	}
	key, err := proof.ParseLogKey(log.Key)
	if err != nil {
		return nil, nil, unproven(receiptFile, err)
	}
	position, _, err := receipt.Verify(leaf, key, quorum)
	if err != nil {
		return nil, nil, unproven(receiptFile, err)
	}
	return position, &opened, nil
}

func unproven(file string, err error) error {
	e := Wrong(fault.Permission, fault.Place{Path: file}, "desk.unproven").(*fault.Error)
	e.Err = err
	return e
}
