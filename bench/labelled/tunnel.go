package labelled

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/noroshi-acd/noroshi/bench/bed"
	"github.com/noroshi-acd/noroshi/bench/report"
	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/direction"
	"github.com/noroshi-acd/noroshi/flow"
)

const (
	mostQueries   = 50     // within which a tunnel must be decided
	enoughRecords = 5000   // records that a benign crawl must give, or it was not read
	giveUp        = 20_000 // queries after which a replay ends
)

// tunnels measures the captures of DNS tunnels and of honest crawls.
func tunnels(ctx context.Context, b *bed.Bed, s *report.Section) error {
	const found, early, honest = "dns-tunnel: tunnels found at high", "dns-tunnel: queries of the tunnel until it is at high, worst", "dns-tunnel: benign crawls with a tunnel or DGA at high"
	bad, hereBad := b.DetectionData("dns-tunnel", "tunnel")
	good, hereGood := b.DetectionData("dns-tunnel", "normal")
	if !hereBad || !hereGood {
		s.Miss(found, "all four", noData)
		s.Miss(early, fmt.Sprint("≤ ", mostQueries), noData)
		s.Miss(honest, "0 of 8", noData)
		return nil
	}
	t := report.Table{Caption: "DNS tunnels, one line a capture:", Head: []string{"capture", "zone", "level in the end", "queries until high", "queries in all"}}
	hit, worst, all := 0, 0, pcaps(bad)
	for _, path := range all {
		b.Say("replaying %s", filepath.Base(path))
		d, err := decide(path)
		if err != nil {
			return err
		}
		if d.level >= detect.High {
			hit++
		}
		after := "never"
		if d.after > 0 {
			after = fmt.Sprint(d.after)
			worst = max(worst, d.after)
		} else {
			worst = giveUp
		}
		t.Rows = append(t.Rows, []string{strings.TrimSuffix(filepath.Base(path), ".pcap"), d.zone, d.level.String(), after, fmt.Sprint(d.queries)})
	}
	s.Tables = append(s.Tables, t)
	s.Add(report.Figure{What: found, Asked: "all four", Measured: fmt.Sprintf("%d of %d", hit, len(all)), Verdict: report.Judge(hit == len(all) && hit >= 4)})
	measured := fmt.Sprint(worst)
	if worst == giveUp {
		measured = "one was never at high"
	}
	s.Add(report.Figure{What: early, Asked: fmt.Sprint("≤ ", mostQueries), Measured: measured, Verdict: report.Judge(worst <= mostQueries), Values: map[string]float64{"queries": float64(worst)}})
	return crawls(ctx, b, s, honest, pcaps(good))
}

// crawls counts the false tunnels in honest captures.
func crawls(ctx context.Context, b *bed.Bed, s *report.Section, what string, paths []string) error {
	wrong, unread := 0, 0
	for _, path := range paths {
		b.Say("analysing %s", filepath.Base(path))
		d, _, err := b.Analyze(ctx, path)
		if err != nil {
			return err
		}
		if d.Records < enoughRecords {
			unread++
		}
		for _, f := range d.Loud() {
			if f.Kind == string(detect.DNSTunnel) || f.Kind == string(detect.DGA) {
				wrong++
				break
			}
		}
	}
	measured := fmt.Sprintf("%d of %d", wrong, len(paths))
	if unread > 0 {
		measured += fmt.Sprintf(", but %d gave fewer than %d records", unread, enoughRecords)
	}
	s.Add(report.Figure{What: what, Asked: "0 of 8", Measured: measured, Verdict: report.Judge(wrong == 0 && unread == 0 && len(paths) > 0)})
	return nil
}

// decision is what became of one tunnel.
type decision struct {
	zone    string
	level   detect.Level // in the end
	after   int          // queries under the zone until high, 0 for never
	queries int          // in the replay
}

// decide replays a capture twice: first to learn what is found, then to count the
// queries of that host under that zone until it is at high. The capture may begin
// within the tunnel's life; what came before cannot be counted.
func decide(path string) (d decision, err error) {
	var src flow.Addr
	table, err := direction.New(direction.Options{})
	if err != nil {
		return d, err
	}
	e := bed.NewEngine(table)
	if err := bed.Each([]string{path}, func(b *flow.Batch) error { e.Observe(b); return nil }); err != nil {
		return d, err
	}
	for _, f := range e.Findings() {
		if f.Kind == detect.DNSTunnel {
			d.zone, d.level, src = f.Name, detect.LevelOf(f.Score), f.Src
			break
		}
	}
	if d.zone == "" {
		return d, nil
	}
	e = bed.NewEngine(table)
	var one flow.Batch
	err = bed.Each([]string{path}, func(b *flow.Batch) error {
		for i := range b.Records {
			one.Reset()
			one.Copy(b, &b.Records[i])
			e.Observe(&one)
			if !below(&one, src, d.zone) {
				continue
			}
			if d.queries++; d.after == 0 && high(e, src, d.zone) {
				d.after = d.queries
			}
			if d.queries >= giveUp {
				return io.EOF
			}
		}
		return nil
	})
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return d, err
}

// below says whether the only record of b is a question of src under zone.
func below(b *flow.Batch, src flow.Addr, zone string) bool {
	r := &b.Records[0]
	dns := b.DNSOf(r)
	if dns == nil || !src.IsZero() && r.Src != src {
		return false
	}
	q := b.String(dns.Question)
	return q == zone || strings.HasSuffix(q, "."+zone)
}

func high(e *detect.Engine, src flow.Addr, zone string) bool {
	for _, f := range e.Findings() {
		if f.Kind == detect.DNSTunnel && f.Src == src && f.Name == zone {
			return detect.LevelOf(f.Score) >= detect.High
		}
	}
	return false
}
