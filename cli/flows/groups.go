package flows

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/noroshi-acd/noroshi/flow/aggregate"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// names gives the heads of the columns: bin, keys, sums.
func (r *run) names() (labels, sums []string) {
	if r.bin > 0 {
		labels = append(labels, "time")
	}
	for _, k := range r.keys {
		labels = append(labels, k.String())
	}
	for _, s := range r.sums {
		sums = append(sums, aggregate.Sums()[s])
	}
	return labels, sums
}

// summary writes the groups in the form that was asked for.
func (r *run) summary() error {
	rows := r.table.Top(r.top)
	labels, sums := r.names()
	switch {
	case r.json:
		return r.groupsJSON(rows, labels, sums)
	case r.csv:
		return r.groupsCSV(rows, labels, sums)
	}
	return r.groupsTable(rows, labels, sums)
}

func (r *run) groupsJSON(rows []aggregate.Row, labels, sums []string) error {
	type row struct {
		Group map[string]string `json:"group"`
		Sums  map[string]uint64 `json:"sums"`
		Over  uint64            `json:"at_most_too_high"`
	}
	doc := struct {
		Read    uint64   `json:"records_read"`
		Matched uint64   `json:"records_matched"`
		Groups  int      `json:"groups"`
		Exact   bool     `json:"exact"`
		By      []string `json:"by"`
		Order   string   `json:"ordered_by"`
		Rows    []row    `json:"rows"`
	}{r.read, r.matched, r.table.Groups(), r.table.Dropped == 0, labels, sums[0], []row{}}
	for _, x := range rows {
		one := row{map[string]string{}, map[string]uint64{}, x.Over}
		for i, l := range labels {
			one.Group[l] = i18n.Escape(x.Labels[i])
		}
		for i, s := range sums {
			one.Sums[s] = x.Sums[r.sums[i]]
		}
		doc.Rows = append(doc.Rows, one)
	}
	e := json.NewEncoder(r.Stdout)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(doc)
}

func (r *run) groupsCSV(rows []aggregate.Row, labels, sums []string) error {
	w := csv.NewWriter(r.Stdout)
	_ = w.Write(append(append(labels, sums...), "at_most_too_high")) // Error tells
	for _, x := range rows {
		var line []string
		for _, l := range x.Labels {
			line = append(line, harmless(i18n.Escape(l)))
		}
		for _, s := range r.sums {
			line = append(line, strconv.FormatUint(x.Sums[s], 10))
		}
		_ = w.Write(append(line, strconv.FormatUint(x.Over, 10)))
	}
	w.Flush()
	return w.Error()
}

// cells lays out a table, its head first, and gives the widths of its columns.
func (r *run) cells(rows []aggregate.Row, head []string, number func(uint64) string) (all [][]string, widths []int) {
	all = [][]string{head}
	for _, x := range rows {
		var line []string
		for _, l := range x.Labels {
			line = append(line, i18n.Escape(strings.TrimSuffix(l, ":00Z")))
		}
		for i, s := range r.sums {
			n := number(x.Sums[s])
			if x.Over > 0 && i == 0 {
				n = "≤" + n
			}
			line = append(line, n)
		}
		all = append(all, line)
	}
	widths = make([]int, len(head))
	for _, line := range all {
		for i, c := range line {
			widths[i] = max(widths[i], i18n.Width(c))
		}
	}
	return all, widths
}

// total is how wide a table is.
func total(widths []int) int {
	n := 2 * (len(widths) - 1)
	for _, w := range widths {
		n += w
	}
	return n
}

// squeeze makes labels narrower, the widest first, until the table fits.
func squeeze(widths []int, labels int) {
	for labels > 0 && total(widths) > width {
		widest := 0
		for i, w := range widths[:labels] {
			if w > widths[widest] {
				widest = i
			}
		}
		if widths[widest] <= 4 {
			return
		}
		widths[widest]--
	}
}

// groupsTable writes a table of at most 80 columns: with whole numbers when there is
// room, else with short ones, and with labels cut when there is still none.
func (r *run) groupsTable(rows []aggregate.Row, labels, sums []string) error {
	head := append(append([]string{}, labels...), sums...)
	all, widths := r.cells(rows, head, func(n uint64) string { return i18n.Count(int64(min(n, 1<<62))) })
	if total(widths) > width {
		all, widths = r.cells(rows, head, short)
	}
	squeeze(widths, len(labels))
	var b strings.Builder
	for _, line := range all {
		var padded []string
		for i, c := range line {
			if i < len(labels) {
				padded = append(padded, i18n.Pad(c, widths[i]))
			} else {
				padded = append(padded, i18n.PadLeft(c, widths[i]))
			}
		}
		fmt.Fprintln(&b, strings.TrimRight(strings.Join(padded, "  "), " "))
	}
	if n := r.table.Groups(); n > len(rows) {
		fmt.Fprintln(&b, i18n.Say(r.Lang, "flows.more", "n", n-len(rows)))
	}
	if r.table.Dropped > 0 {
		for _, line := range i18n.Wrap(i18n.Say(r.Lang, "flows.inexact", "most", r.groups), width) {
			fmt.Fprintln(&b, line)
		}
	}
	_, err := fmt.Fprint(r.Stdout, b.String())
	return err
}
