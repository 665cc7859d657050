package exchange_test

import (
	"testing"

	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flow/exchange"
)

func TestProto(t *testing.T) {
	for _, tt := range []struct {
		in   string
		is4  bool
		want uint8
	}{
		{"tcp", true, 6}, {"TCP", true, 6}, {"Udp", false, 17}, {"icmp", true, 1}, {"icmp", false, 58}, {"IPv6-ICMP", true, 58},
		{"0", true, 0}, {"47", true, 47}, {"255", true, 255}, {"256", true, 0}, {"99999999999", true, 0}, {"4x", true, 0},
		{"", true, 0}, {"no-such-proto", true, 0}, {"arp", true, 0}, {"unknown_transport", true, 0},
	} {
		if got := exchange.Proto([]byte(tt.in), tt.is4); got != tt.want {
			t.Errorf("Proto(%q, %v) = %d, want %d", tt.in, tt.is4, got, tt.want)
		}
	}
}

func TestService(t *testing.T) {
	for in, want := range map[string]flow.Service{"ssl": flow.ServiceTLS, "krb5": flow.ServiceKerberos, "dnp3": flow.ServiceOther, "": flow.ServiceOther} {
		if got := exchange.Service([]byte(in)); got != want {
			t.Errorf("Service(%q) = %d, want %d", in, got, want)
		}
	}
}

func TestState(t *testing.T) {
	const s, a, r, f, p = flow.SYN, flow.ACK, flow.RST, flow.FIN, flow.PSH
	for _, tt := range []struct {
		name               string
		proto              uint8
		src, dst           uint8
		srcPackets, dstPkt uint64
		port               uint16
		want               flow.State
	}{
		{"answered", 6, s | a | p | f, s | a | p | f, 5, 5, 1, flow.StateEstablished},
		{"refused", 6, s, r | a, 1, 1, 1, flow.StateRefused},
		{"silence", 6, s, 0, 3, 0, 1, flow.StateAttempt},
		{"given up", 6, s | r, 0, 3, 0, 1, flow.StateAttempt},
		{"reset later", 6, s | a, s | a | r, 3, 3, 1, flow.StateEstablished},
		{"half open scan", 6, s | r, s | a, 2, 1, 1, flow.StateEstablished},
		{"from the middle", 6, p | a, p | a, 2, 1, 1, flow.StateMidstream},
		{"answer only", 6, 0, s | a, 0, 1, 1, flow.StateMidstream},
		{"SYN lost", 6, p | a, s | p | a, 2, 1, 1, flow.StateEstablished},
		{"flags alone", 6, s, s | a, 0, 0, 1, flow.StateEstablished},
		{"no flags", 6, 0, 0, 2, 1, 1, flow.StateEstablished},
		{"no flags, silence", 6, 0, 0, 2, 0, 1, flow.StateAttempt},
		{"UDP", 17, 0, 0, 1, 1, 53, flow.StateEstablished},
		{"UDP silence", 17, 0, 0, 1, 0, 53, flow.StateAttempt},
		{"UDP answer only", 17, 0, 0, 0, 1, 53, flow.StateMidstream},
		{"nothing", 17, 0, 0, 0, 0, 53, flow.StateUnknown},
		{"echo", 1, 0, 0, 1, 0, 8, flow.StateAttempt},
		{"unreachable", 1, 0, 0, 1, 0, 3, flow.StateUnknown},
		{"echo 6", 58, 0, 0, 1, 0, 128, flow.StateAttempt},
		{"neighbour", 58, 0, 0, 1, 0, 135, flow.StateUnknown},
	} {
		rec := flow.Record{Proto: tt.proto, SrcFlags: tt.src, DstFlags: tt.dst, SrcPackets: tt.srcPackets, DstPackets: tt.dstPkt, SrcPort: tt.port}
		if got := exchange.State(&rec); got != tt.want {
			t.Errorf("%s: state %d, want %d", tt.name, got, tt.want)
		}
	}
}
