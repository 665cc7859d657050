package detect_test

import (
	"testing"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/flow"
)

func TestOutcome(t *testing.T) {
	const tcp, udp, icmp, icmp6 = 6, 17, 1, 58
	cases := []struct {
		name string
		r    flow.Record
		want detect.Outcome
	}{
		{"unanswered SYN", flow.Record{Proto: tcp, State: flow.StateAttempt}, detect.OutcomeFailed},
		{"refused", flow.Record{Proto: tcp, State: flow.StateRefused}, detect.OutcomeFailed},
		{"backscatter", flow.Record{Proto: tcp, State: flow.StateMidstream, SrcFlags: flow.SYN | flow.ACK}, detect.OutcomeUnknown},
		{"half-open probe of an open port", flow.Record{Proto: tcp, State: flow.StateEstablished, SrcPackets: 2, SrcBytes: 84, DstPackets: 1, DstBytes: 44}, detect.OutcomeHollow},
		{"session", flow.Record{Proto: tcp, State: flow.StateEstablished, SrcPackets: 9, SrcBytes: 1400, DstPackets: 8, DstBytes: 9000}, detect.OutcomeAnswered},
		{"stateless SYN only", flow.Record{Proto: tcp, SrcFlags: flow.SYN, SrcPackets: 3, SrcBytes: 180}, detect.OutcomeFailed},
		{"stateless, answered by RST", flow.Record{Proto: tcp, SrcFlags: flow.SYN, SrcPackets: 1, DstPackets: 1, DstFlags: flow.RST | flow.ACK}, detect.OutcomeFailed},
		{"stateless one way of a session", flow.Record{Proto: tcp, SrcFlags: flow.SYN | flow.ACK | flow.PSH | flow.FIN, SrcPackets: 12, SrcBytes: 4000}, detect.OutcomeAnswered},
		{"stateless other way of a session", flow.Record{Proto: tcp, SrcFlags: flow.ACK | flow.PSH, SrcPackets: 12}, detect.OutcomeUnknown},
		{"sampled from the middle", flow.Record{Proto: tcp, State: flow.StateMidstream, Sampling: 1000, SrcFlags: flow.ACK}, detect.OutcomeAnswered},
		{"silent UDP", flow.Record{Proto: udp, State: flow.StateAttempt, SrcPackets: 1}, detect.OutcomeFailed},
		{"UDP both ways", flow.Record{Proto: udp, SrcPackets: 1, DstPackets: 1}, detect.OutcomeAnswered},
		{"UDP one way, stateless", flow.Record{Proto: udp, SrcPackets: 1}, detect.OutcomeUnknown},
		{"ping without reply", flow.Record{Proto: icmp, SrcPort: 8, SrcPackets: 1}, detect.OutcomeFailed},
		{"ping", flow.Record{Proto: icmp, SrcPort: 8, SrcPackets: 1, DstPackets: 1}, detect.OutcomeAnswered},
		{"unreachable", flow.Record{Proto: icmp, SrcPort: 3, SrcPackets: 1}, detect.OutcomeUnknown},
		{"neighbour solicitation", flow.Record{Proto: icmp6, SrcPort: 135, SrcPackets: 1}, detect.OutcomeUnknown},
		{"DNS", flow.Record{Proto: udp, Kind: flow.KindDNS, State: flow.StateAttempt}, detect.OutcomeUnknown},
	}
	for _, c := range cases {
		if got := detect.OutcomeOf(&c.r); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}
