package docket_test

import (
	"context"
	"testing"

	"github.com/noroshi-acd/noroshi/authority/docket"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/stage"
	"github.com/noroshi-acd/noroshi/authority/warrant"
	"github.com/noroshi-acd/noroshi/internal/store"
	"github.com/noroshi-acd/noroshi/internal/store/storetest"
	"github.com/noroshi-acd/noroshi/ledger/proof"
)

// TestInvariant10_WhatNobodyConfirmedStandsNoMore: an urgent warrant leaves the list that
// the liveness is signed by at the very instant at which it should have been confirmed, though
// its own end is later and nobody has looked at the clock; an ordinary one does not.
func TestInvariant10_WhatNobodyConfirmedStandsNoMore(t *testing.T) {
	const from, confirm, until paper.Time = 1795402800, 1795410000, 1795489200
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		if err := db.Migrate(ctx, docket.Noun()); err != nil {
			t.Fatal(err)
		}
		e, err := paper.Seal(warrant.Type, map[string]string{"made": "up"})
		if err != nil {
			t.Fatal(err)
		}
		body, err := e.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		permit := func() *stage.Permit { return &stage.Permit{From: from, Until: until, Warrant: e.Digest()} }
		urgent := &docket.Record{Digest: paper.DigestOf([]byte("urgent")), ID: "u/1", Life: stage.Record{Stage: stage.Received, Urgent: true, Confirm: confirm, Urged: permit()}}
		ordinary := &docket.Record{Digest: paper.DigestOf([]byte("ordinary")), ID: "o/1", Index: 1, Life: stage.Record{Stage: stage.Approved, Ordered: permit()}}
		err = db.Tx(ctx, func(t *store.Tx) error {
			for _, r := range []*docket.Record{urgent, ordinary} {
				if err := r.Write(t); err != nil {
					return err
				}
			}
			_, err := t.Exec("INSERT INTO docket_paper (digest, application, class, place, at, body) VALUES ($1, $2, $3, 5, $4, $5)",
				string(e.Digest()), string(urgent.Digest), string(proof.Warrant), int64(from), body)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		for at, want := range map[paper.Time]int{from: 2, confirm - 1: 2, confirm: 1, until - 1: 1, until: 0} {
			err := db.View(ctx, func(x *store.Tx) error {
				list, err := docket.Standings(x, at)
				if err == nil && (len(list) != want || want == 1 && list[0].Urgent) {
					t.Errorf("at %v: %+v, want %d", at, list, want)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	})
}
