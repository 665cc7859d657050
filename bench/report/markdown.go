package report

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"time"
)

// Markdown writes r as a page.
func (r *Report) Markdown(w io.Writer) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "# Figures of Noroshi\n\n%s\n\n", r.summary())
	size := "full sizes"
	if r.Quick {
		size = "quick: small sizes; speed and memory are shown, not judged"
	}
	fmt.Fprintf(&b, "Run of %s, seed %d (%s). Figures met: %d; not met: %d; shown without a target: %d; not measured: %d. ",
		r.Started.UTC().Format("2006-01-02 15:04 UTC"), r.Seed, size, r.Count(Met), r.Count(NotMet), r.Count(Shown), r.Count(Missing))
	b.WriteString("Peers marked (quoted) were not run here: their figures are from published runs on other machines. Peers marked (this run) were measured beside ours.\n\n")
	r.Machine.markdown(&b)
	for i := range r.Sections {
		r.Sections[i].markdown(&b)
	}
	_, err := w.Write(b.Bytes())
	return err
}

// summary is the paragraph for readers of Japanese.
func (r *Report) summary() string {
	size := "規模を落とさずに測りました。"
	if r.Quick {
		size = "小さな規模での試し測りです。速さとメモリーは参考値で、合否を判定していません。"
	}
	s := fmt.Sprintf("要約: 目標のある数値のうち%d件が目標に達し、%d件が達していません。%d件は目標のない参考値、%d件は必要なものがなく測っていません。%s",
		r.Count(Met), r.Count(NotMet), r.Count(Shown), r.Count(Missing), size)
	s += "(quoted) は他所で公表された値の引用、(this run) は同じ機械で同時に測った値です。"
	var failed []string
	for _, x := range r.Sections {
		for _, f := range x.Figures {
			if f.Verdict == NotMet {
				failed = append(failed, f.What)
			}
		}
	}
	if len(failed) > 0 {
		s += "達していないもの: " + strings.Join(failed, "、") + "。"
	}
	return s
}

func (s *Section) markdown(b *bytes.Buffer) {
	fmt.Fprintf(b, "## %s\n\n", s.Title)
	if s.Failed != "" {
		fmt.Fprintf(b, "**Could not be run to its end:** %s\n\n", line(s.Failed))
	}
	if len(s.Figures) > 0 {
		rows := make([][]string, len(s.Figures))
		for i, f := range s.Figures {
			rows[i] = []string{f.What, f.Asked, f.Measured, f.Peer, string(f.Verdict)}
			if f.Verdict == NotMet {
				rows[i][4] = "**not met**"
			}
		}
		grid(b, []string{"what", "asked", "measured", "peer", "verdict"}, rows)
	}
	for _, t := range s.Tables {
		fmt.Fprintf(b, "%s\n\n", line(t.Caption))
		grid(b, t.Head, t.Rows)
	}
	for _, n := range s.Notes {
		fmt.Fprintf(b, "- %s\n", line(n))
	}
	if len(s.Notes) > 0 {
		b.WriteByte('\n')
	}
	fmt.Fprintf(b, "This section (`-only %s`) took %s.\n\n", s.Key, time.Duration(s.Seconds*1e9).Round(time.Second/10))
}

// grid writes a table.
func grid(b *bytes.Buffer, head []string, rows [][]string) {
	write := func(cells []string) {
		b.WriteByte('|')
		for i := range head {
			text := ""
			if i < len(cells) {
				text = cells[i]
			}
			if text = cell(text); text == "" {
				text = "–"
			}
			fmt.Fprintf(b, " %s |", text)
		}
		b.WriteByte('\n')
	}
	write(head)
	b.WriteString(strings.Repeat("| --- ", len(head)) + "|\n")
	for _, r := range rows {
		write(r)
	}
	b.WriteByte('\n')
}

// line keeps text on one line without control characters: it may hold what a
// capture said.
func line(text string) string {
	return strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 {
			return ' '
		}
		return r
	}, text)), " ")
}

// cell is line within a table.
func cell(text string) string { return strings.ReplaceAll(line(text), "|", `\|`) }
