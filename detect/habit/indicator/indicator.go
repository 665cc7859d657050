package indicator

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"math"
	"slices"

	"github.com/noroshi-acd/noroshi/flow"
)

// Steps are the shares of a distribution that a Spread gives the values of.
var Steps = [...]float64{0.1, 0.25, 0.5, 0.75, 0.9}

// Spread is a distribution by its values at [Steps], ascending.
type Spread [len(Steps)]float64

// Habit is how the bots of one server call.
type Habit struct {
	ID       string   `toml:"id"`
	Source   Source   `toml:"source"`
	Rhythm   Rhythm   `toml:"rhythm"`
	Exchange Exchange `toml:"exchange"`
	TLS      *TLS     `toml:"tls,omitempty"`
}

// Source says where a habit was learnt.
type Source struct {
	Finding  string  `toml:"finding"` // the finding's ID in the run that wrote the habit
	Kind     string  `toml:"kind"`
	Score    float64 `toml:"score"`
	Hosts    int     `toml:"hosts"`     // bots that it was learnt from
	CheckIns int     `toml:"check_ins"` // contacts that it was learnt from
}

// Rhythm is when the bots call.
type Rhythm struct {
	Period   float64   `toml:"period_s"`
	Jitter   float64   `toml:"jitter"` // share of the period, either way
	Second   float64   `toml:"second_period_s,omitempty"`
	PerWake  int       `toml:"connections_per_check_in"`
	Gaps     Spread    `toml:"gaps_s"`
	HoursUTC []float64 `toml:"hours_utc"` // share of the contacts in each of 24 hours
}

// Exchange is what one contact looks like.
type Exchange struct {
	Port     uint16   `toml:"port"`
	Protocol uint8    `toml:"protocol"` // IANA number
	Service  string   `toml:"service,omitempty"`
	Named    bool     `toml:"named"`       // reached by a name
	Failed   float64  `toml:"unanswered"`  // share of contacts that nobody answered
	Sent     Spread   `toml:"sent_octets"` // by the bot, at the IP layer
	Received Spread   `toml:"received_octets"`
	Duration *Measure `toml:"duration_s,omitempty"`
}

// Measure is a log-normal distribution.
type Measure struct {
	Median float64 `toml:"median"`
	Spread float64 `toml:"ln_spread"` // standard deviation of the logarithm
}

// TLS is what the handshake looks like. What is not known is empty.
type TLS struct {
	JA4         string       `toml:"ja4,omitempty"`
	JA3         string       `toml:"ja3,omitempty"`
	Certificate *Certificate `toml:"certificate,omitempty"`
}

// Certificate is the pattern of the server's certificate, without its text.
type Certificate struct {
	SelfSigned bool    `toml:"self_signed"`
	Validity   float64 `toml:"validity_days"`
	Subject    string  `toml:"subject_shape"` // see [Shape]
	Issuer     string  `toml:"issuer_shape"`
	Names      int     `toml:"names"` // alternative names, 8 for more
}

// Digest is the ID: a digest of what h says about the calls, so that the same habit has the
// same ID wherever it was learnt.
func (h *Habit) Digest() string {
	f := fnv.New64a()
	exchange := h.Exchange
	exchange.Duration = nil // a pointer has no digest; its value follows
	fmt.Fprintf(f, "%v|%v", h.Rhythm, exchange)
	if h.Exchange.Duration != nil {
		fmt.Fprintf(f, "|%v", *h.Exchange.Duration)
	}
	if h.TLS != nil {
		fmt.Fprintf(f, "|%s|%s", h.TLS.JA4, h.TLS.JA3)
		if h.TLS.Certificate != nil {
			fmt.Fprintf(f, "|%v", *h.TLS.Certificate)
		}
	}
	return fmt.Sprintf("habit-%012x", f.Sum64()&0xffffffffffff)
}

// SpreadOf gives the values of sorted at the steps, zero for none.
func SpreadOf(sorted []float64) (s Spread) {
	if len(sorted) == 0 {
		return s
	}
	for i, p := range Steps {
		at := p * float64(len(sorted)-1)
		k := int(at)
		lo, hi := sorted[k], sorted[min(k+1, len(sorted)-1)]
		s[i] = lo + (hi-lo)*(at-float64(k))
	}
	return s
}

// Median gives the middle of s.
func (s Spread) Median() float64 { return s[len(s)/2] }

// Width is the standard deviation of the logarithm that the quartiles of s show,
// after the floor has been added to each value.
func (s Spread) Width(floor float64) float64 {
	return math.Log((s[3]+floor)/(s[1]+floor)) / 1.35
}

// Distance is how far a and b lie apart: the mean difference of the logarithms of
// their values, the worst left out, after the floor has been added to each.
func (s Spread) Distance(o Spread, floor float64) float64 {
	sum, worst := 0.0, 0.0
	for i := range s {
		d := math.Abs(math.Log((s[i] + floor) / (o[i] + floor)))
		sum += d
		worst = max(worst, d)
	}
	return (sum - worst) / float64(len(s)-1)
}

func (s Spread) sound(least, most float64) bool {
	for _, x := range s {
		if !(x >= least && x <= most) {
			return false
		}
	}
	return slices.IsSorted(s[:])
}

// ServiceName gives a service as a habit writes it, "" for an unknown one.
func ServiceName(s flow.Service) string { return services[s] }

// services are the names of services as a habit writes them.
var services = map[flow.Service]string{
	flow.ServiceDNS: "dns", flow.ServiceTLS: "tls", flow.ServiceHTTP: "http", flow.ServiceNTP: "ntp", flow.ServiceSSH: "ssh",
	flow.ServiceQUIC: "quic", flow.ServiceSMTP: "smtp", flow.ServiceMail: "mail", flow.ServiceFTP: "ftp", flow.ServiceSMB: "smb",
	flow.ServiceRDP: "rdp", flow.ServiceDHCP: "dhcp", flow.ServiceSIP: "sip", flow.ServiceSNMP: "snmp", flow.ServiceMQTT: "mqtt",
	flow.ServiceKerberos: "kerberos", flow.ServiceLDAP: "ldap", flow.ServiceDatabase: "database", flow.ServiceOther: "other",
}

// knownService says whether a habit may name the service.
func knownService(name string) bool {
	for _, s := range services {
		if s == name {
			return true
		}
	}
	return name == ""
}

// ByID sorts habits so that a file is the same in every run.
func ByID(a, b Habit) int {
	return cmp.Or(cmp.Compare(a.ID, b.ID), cmp.Compare(a.Source.Finding, b.Source.Finding))
}
