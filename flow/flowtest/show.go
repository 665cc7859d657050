package flowtest

import (
	"fmt"
	"time"

	"github.com/noroshi-acd/noroshi/flow"
)

// Show writes a record of b in one line, with all that it refers to. It is for
// comparing in tests.
func Show(b *flow.Batch, r *flow.Record) string {
	kinds := []string{"flow", "part", "open", "dns", "facts"}
	states := []string{"?", "est", "try", "refused", "mid"}
	s := fmt.Sprintf("%s %v+%v %v:%d>%v:%d/%d", kinds[r.Kind], time.Duration(r.First), time.Duration(r.Last-r.First), r.Src, r.SrcPort, r.Dst, r.DstPort, r.Proto)
	if r.Kind < flow.KindDNS {
		s += fmt.Sprintf(" %d/%d bytes %d/%d packets %s", r.SrcBytes, r.DstBytes, r.SrcPackets, r.DstPackets, states[r.State])
		if r.SrcFlags|r.DstFlags != 0 {
			s += fmt.Sprintf(" flags %02x/%02x", r.SrcFlags, r.DstFlags)
		}
	}
	s += fmt.Sprintf(" service %d", r.Service)
	if d := b.DNSOf(r); d != nil {
		s += fmt.Sprintf(" %s? type %d rcode %d", b.String(d.Question), d.Type, d.Rcode)
		for _, a := range b.Answers[d.Answers.From:d.Answers.To] {
			s += fmt.Sprintf(" [%d %v%s %d s]", a.Type, a.Addr, b.String(a.Name), a.TTL)
		}
	}
	if x := b.TLSOf(r); x != nil {
		s += fmt.Sprintf(" tls %04x", x.Version)
		for _, p := range []struct {
			name string
			text flow.Text
		}{{"sni", x.SNI}, {"ja3", x.JA3}, {"ja4", x.JA4}, {"digest", x.Digest}, {"subject", x.Subject}, {"issuer", x.Issuer}} {
			if p.text.Len > 0 {
				s += fmt.Sprintf(" %s=%s", p.name, b.String(p.text))
			}
		}
		for _, n := range b.Names[x.Names.From:x.Names.To] {
			s += " san=" + b.String(n)
		}
		if x.NotAfter != 0 {
			s += fmt.Sprintf(" valid %v-%v", time.Duration(x.NotBefore), time.Duration(x.NotAfter))
		}
	}
	if r.Signature != 0 {
		s += fmt.Sprintf(" signature %d", r.Signature)
	}
	if r.Host.Len > 0 {
		s += " host=" + b.String(r.Host)
	}
	return s
}
