package smt_test

import (
	"testing"

	"github.com/noroshi-acd/noroshi/authority/regime/compile"
	"github.com/noroshi-acd/noroshi/authority/regime/smt"
	"github.com/noroshi-acd/noroshi/authority/regime/smt/smttest"
	"github.com/noroshi-acd/noroshi/content"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// TestAllLawIsProven asks the questions of every instrument that ships.
func TestAllLawIsProven(t *testing.T) {
	book, err := compile.Load(content.Law())
	if err != nil {
		t.Fatal(fault.Text(err, i18n.EN))
	}
	for _, i := range book.Instruments {
		t.Run(string(i.Rules.ID), func(t *testing.T) {
			in := smt.Input{Rules: i.Rules, Profile: i.Profile}
			for _, c := range book.Calendars {
				if c.ID == i.Rules.Calendar {
					in.Calendar = c
				}
			}
			for _, f := range smttest.Faults(t, in) {
				t.Error(f)
			}
			t.Logf("%d questions", len(smt.Questions(in)))
		})
	}
}
