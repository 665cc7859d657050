package oddvolume

import (
	"math"
	"math/bits"
	"slices"
	"time"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

const (
	worthScore = 0.2
	mostScore  = 0.9
	mega       = 1 << 20
)

// upload is a pair with what it is weighed by.
type upload struct {
	*pair
	usual   float64 // octets that the host sends elsewhere in as many hours
	above   int     // hosts that send more in all
	hosts   int     // hosts looked at
	visited int     // hosts that know the destination
	crowd   int     // unnamed destinations that the host uploads to
}

// uploads weighs every pair that moved enough.
func (d *Detector) uploads(ctx *detect.Context) []detect.Finding {
	var totals []float64
	for _, h := range d.hosts.All() {
		totals = append(totals, float64(h.sent))
	}
	slices.Sort(totals)
	var out []detect.Finding
	for _, p := range d.pairs.All() {
		if p.sent < d.cfg.MinOctets || p.sent < 2*p.received {
			continue
		}
		u := upload{pair: p, hosts: len(totals)}
		above, _ := slices.BinarySearch(totals, float64(p.sent)+0.5)
		u.above = len(totals) - above
		if h := d.hosts.Get(detect.HashAddr(p.src)); h != nil {
			others := float64(h.sent) - float64(p.sent)
			u.usual = max(others, 0) / float64(max(h.hours, 1)) * float64(max(p.hours, 1))
			u.above -= one(h.sent > p.sent) // itself
			u.crowd = bits.OnesCount64(h.strangers)
		}
		if u.visited = ctx.Addrs.Hosts(p.dst); p.name != 0 {
			u.visited = ctx.Names.Hosts(p.site)
		}
		if s := u.score(ctx); s >= worthScore {
			out = append(out, u.finding(ctx, s))
		}
	}
	return out
}

func one(b bool) int {
	if b {
		return 1
	}
	return 0
}

// score gives the calibrated probability; docs/spec/oddvolume.md holds the
// reasoning.
func (u *upload) score(ctx *detect.Context) float64 {
	w := -3.5 + u.past() + u.peers() + u.rarity(ctx) + u.fresh(ctx) + u.place(ctx)
	w += clamp(0.5*math.Log(float64(u.sent)/(20*mega)), 0, 1.5)
	return min(1/(1+math.Exp(-w)), mostScore)
}

// past weighs the upload against what the host sends elsewhere in as many hours.
func (u *upload) past() float64 {
	return clamp(0.8*math.Log(float64(u.sent)/max(u.usual, 4*mega)), -3, 3)
}

// peers weighs how few hosts send as much at all.
func (u *upload) peers() float64 {
	if u.hosts < 10 {
		return 0
	}
	return clamp(-0.6*math.Log(float64(u.above+1)/float64(u.hosts+1))-0.8, -1.5, 2.5)
}

// rarity weighs who else knows the destination, and what comes back from it.
func (u *upload) rarity(ctx *detect.Context) float64 {
	w := 0.0
	switch share := float64(u.visited) / float64(max(ctx.Hosts, u.visited, 1)); {
	case ctx.Hosts < 10: // nobody to compare with
		w -= 0.5
	case share > 0.05:
		w -= 7
	case u.visited <= 1:
		w++
	case u.visited > 3:
		w -= 1.5 * math.Log2(float64(u.visited)/3)
	}
	switch back := float64(u.received) / float64(u.sent); {
	case back > 0.25:
		w -= 1.5
	case back < 0.05:
		w += 0.5
	}
	return w
}

// fresh weighs whether the destination is new to a host that was seen before.
func (u *upload) fresh(ctx *detect.Context) float64 {
	switch {
	case u.scheduled():
		return -7 // every day at the same hour: somebody set a backup to it
	case u.active() >= 3:
		return -3.5
	}
	switch before := u.first - max(u.since, ctx.First); {
	case before > 24*hour:
		return 1.5
	case before > 3*hour:
		return 0.7
	}
	return -0.5
}

// place weighs what the destination is for.
func (u *upload) place(ctx *detect.Context) float64 {
	w := 0.0
	if u.domestic {
		w -= 1.5
	}
	if u.name != 0 {
		if f := ctx.Names.Family(u.name); f > 2 {
			w -= min(1.2*math.Log2(float64(f)/2), 4)
		}
	} else if u.crowd >= 10 {
		w -= 4 // a peer-to-peer program
	}
	switch u.service {
	case flow.ServiceSMTP, flow.ServiceMail:
		w -= 1.5
	case flow.ServiceSIP:
		w -= 2
	}
	if u.proto == 17 && u.service != flow.ServiceQUIC && u.service != flow.ServiceDNS {
		w-- // calls, games, tunnels of the house
	}
	return w
}

func clamp(x, lo, hi float64) float64 { return max(lo, min(hi, x)) }

func (u *upload) finding(ctx *detect.Context, score float64) detect.Finding {
	f := detect.Finding{
		Kind: detect.OddVolume, Score: score, Src: u.src, Dst: u.dst, Port: u.port, Proto: u.proto, Name: ctx.Names.Text(u.name),
		Class: u.class, First: u.first, Last: u.last, Count: int64(u.count), Attack: []string{"T1041"},
	}
	if u.service != flow.ServiceTLS && u.service != flow.ServiceHTTP && u.service != flow.ServiceQUIC {
		f.Attack = []string{"T1048"}
	}
	f.Evidence = []detect.Fact{
		{Name: "shape", Value: "upload"}, {Name: "src_bytes", Value: int64(u.sent)}, {Name: "dst_bytes", Value: int64(u.received)},
		{Name: "largest_upload", Value: int64(u.largest)}, {Name: "usual_bytes", Value: detect.Round3(u.usual)},
		{Name: "hosts_above", Value: int64(u.above)}, {Name: "population", Value: int64(u.hosts)}, {Name: "hosts_to_dst", Value: int64(u.visited)},
		{Name: "days_active", Value: int64(u.active())},
	}
	f.Evidence = append(f.Evidence, estimated(u.sampling)...)
	f.Strip = u.times.Strip(u.first, u.last)
	to := f.Name
	if to == "" {
		to = u.dst.String()
	}
	f.Why = i18n.Both("oddvolume.why.upload", "src", u.src.String(), "dst", to, "sent", detect.Round3(float64(u.sent)/1e6), "received", detect.Round3(float64(u.received)/1e6),
		"span", time.Duration(max(u.last-u.first, 1e9)).Round(time.Second))
	if u.usual > 0 {
		join(&f.Why, i18n.Both("oddvolume.why.usual", "times", detect.Round3(float64(u.sent)/max(u.usual, 1e5))))
	}
	if u.hosts >= 10 {
		join(&f.Why, i18n.Both("oddvolume.why.peers", "n", u.above, "hosts", u.hosts))
	}
	if u.visited <= 1 {
		join(&f.Why, i18n.Both("oddvolume.why.alone"))
	} else {
		join(&f.Why, i18n.Both("oddvolume.why.company", "n", u.visited))
	}
	return f
}

func join(t *i18n.Text, more i18n.Text) {
	t.JA += more.JA
	t.EN += " " + more.EN
}
