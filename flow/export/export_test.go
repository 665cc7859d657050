package export

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flow/flowtest"
	"github.com/noroshi-acd/noroshi/flow/ipfix"
	"github.com/noroshi-acd/noroshi/flow/ipfix/ipfixtest"
	"github.com/noroshi-acd/noroshi/flow/packet/header"
	"github.com/noroshi-acd/noroshi/flow/packet/meter"
	"github.com/noroshi-acd/noroshi/flow/sflow"
	"github.com/noroshi-acd/noroshi/flow/sflow/sflowtest"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

func TestRecognise(t *testing.T) {
	v5, _ := ipfixtest.Make(5, 30, 1)
	v9, _ := ipfixtest.Make(9, 28, 1)
	v10, _ := ipfixtest.Make(10, 28, 1)
	sf, _ := sflowtest.Make(7, 1)
	dns := []byte("\x00\x0a\x81\x80\x00\x01\x00\x01\x00\x00\x00\x00\x03www\x07example\x03net\x00\x00\x01\x00\x01")
	for _, c := range []struct {
		name string
		p    []byte
		want Protocol
	}{
		{"v5", v5[0], NetFlow5}, {"v9", v9[0], NetFlow9}, {"IPFIX", v10[0], IPFIX}, {"sFlow", sf[0], SFlow},
		{"v5, long", append(slices.Clone(v5[0]), 0), None}, {"v9, cut", v9[0][:100], None}, {"IPFIX, cut", v10[0][:100], None}, {"sFlow, cut", sf[0][:200], None},
		{"v9, filled up", append(slices.Clone(v9[0]), 0, 0, 0), NetFlow9}, {"v9, not with zeros", append(slices.Clone(v9[0]), 0, 1, 0), None},
		{"DNS", dns, None}, {"zeros", make([]byte, 100), None}, {"short", []byte{0, 10}, None}, {"nothing", nil, None},
	} {
		if got := Recognise(c.p); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
	for p, want := range map[string]Protocol{"\x00\x05xx": NetFlow5, "\x00\x09xx": NetFlow9, "\x00\x0axx": IPFIX, "\x00\x00\x00\x05": SFlow, "\x00\x00\x00\x06": None, "\x00": None, "GET ": None} {
		if got := byPort([]byte(p)); got != want {
			t.Errorf("%q: %d, want %d", p, got, want)
		}
	}
}

func TestRecogniseFile(t *testing.T) {
	v10, _ := ipfixtest.Make(10, 60, 1)
	v9, _ := ipfixtest.Make(9, 60, 1)
	whole := bytes.Join(v10, nil)
	for _, c := range []struct {
		name string
		head []byte
		want bool
	}{
		{"messages", whole, true}, {"one", v10[0], true}, {"cut in the first", whole[:50], true}, {"cut in a head", whole[:len(v10[0])+1], true},
		{"v9", bytes.Join(v9, nil), false}, {"short", whole[:19], false}, {"other behind", append(slices.Clone(v10[0]), "text"...), false},
		{"text", []byte(strings.Repeat("a line\n", 10)), false}, {"no set", append([]byte{0, 10, 0, 40, 0x66, 0, 0, 0}, make([]byte, 32)...), false},
	} {
		if _, got := RecogniseFile(c.head); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

// packetOf makes the packet that brings payload.
func packetOf(payload []byte, port uint16) *header.Packet {
	return &header.Packet{Packet: meter.Packet{Time: 1_700_000_000e9, Src: flow.Addr4([4]byte{192, 0, 2, 1}), Dst: flow.Addr4([4]byte{192, 0, 2, 2}), SrcPort: 50000, DstPort: port, Proto: 17}, Payload: payload}
}

// TestBelief: exports among much other traffic are not believed.
func TestBelief(t *testing.T) {
	v5, _ := ipfixtest.Make(5, 30, 1)
	other := []byte("something else that is long enough")
	for _, c := range []struct {
		belief Belief
		mixed  int // datagrams of others before each export
		want   int // flows of 10 exports
	}{{Mostly, 0, 300}, {Mostly, 1, 0}, {Mostly, 9, 0}, {Always, 9, 300}, {Never, 0, 0}} {
		x := NewCollector(Options{Belief: c.belief}).Capture()
		var b flow.Batch
		for range 10 {
			for range c.mixed {
				if is, err := x.Datagram(packetOf(other, 9995), fault.Place{}, &b); is || err != nil {
					t.Fatal(is, err)
				}
			}
			if is, err := x.Datagram(packetOf(v5[0], 1234), fault.Place{}, &b); err != nil || is != (c.want > 0) {
				t.Fatal(is, err)
			}
		}
		if len(b.Records) != c.want {
			t.Errorf("belief %d, %d others: %d flows, want %d", c.belief, c.mixed, len(b.Records), c.want)
		}
	}
}

// TestLinks: one exporter has one number, whatever its port; in a file it has another.
func TestLinks(t *testing.T) {
	v10, _ := ipfixtest.Make(10, 28, 1)
	sf, _ := sflowtest.Make(7, 1)
	c := NewCollector(Options{})
	x, y := c.Capture(), c.Capture()
	var b flow.Batch
	var got []uint32
	for i, take := range []func() (bool, error){
		func() (bool, error) { return x.Datagram(packetOf(v10[0], 1), fault.Place{}, &b) },
		func() (bool, error) { p := packetOf(v10[0], 1); p.SrcPort++; return y.Datagram(p, fault.Place{}, &b) },
		func() (bool, error) { p := packetOf(v10[0], 1); p.Src[15]++; return y.Datagram(p, fault.Place{}, &b) },
		func() (bool, error) { return y.Datagram(packetOf(sf[0], 1), fault.Place{}, &b) },
		func() (bool, error) { return true, c.File(bytes.NewReader(v10[0]), "a", &fault.Skips{}).Next(&b) },
		func() (bool, error) { return true, c.File(bytes.NewReader(v10[0]), "b", &fault.Skips{}).Next(&b) },
	} {
		b.Reset()
		if is, err := take(); !is || err != nil {
			t.Fatal(i, is, err)
		}
		got = append(got, b.Records[0].Link)
	}
	if diff := cmp.Diff([]uint32{1, 1, 2, 3, 4, 5}, got); diff != "" {
		t.Error(diff)
	}
	if len(c.Exporters()) != 3 || len(c.Agents()) != 1 {
		t.Errorf("%+v %+v", c.Exporters(), c.Agents())
	}
}

func readFile(t testing.TB, in []byte, strict bool) (records int, skips *fault.Skips, err error) {
	skips = &fault.Skips{Strict: strict}
	f := NewCollector(Options{}).File(bytes.NewReader(in), "x.ipfix", skips)
	defer f.Close()
	var b flow.Batch
	for {
		b.Reset()
		if err := f.Next(&b); err != nil {
			if len(b.Records) > 0 {
				t.Fatal("records beside an error")
			}
			return records, skips, err
		}
		if len(b.Records) == 0 {
			t.Fatal("neither records nor an error")
		}
		records += len(b.Records)
	}
}

func TestFile(t *testing.T) {
	messages, truth := ipfixtest.Make(10, 10_000, 1)
	whole := bytes.Join(messages, nil)
	for _, c := range []struct {
		name string
		in   []byte
		want int
		skip string
	}{
		{"whole", whole, len(truth), ""},
		{"cut in a record", whole[:len(whole)-10], len(truth) - 1, "a message of domain 7 ends at byte"},
		{"cut in a head", whole[:len(messages[0])+7], 28, "ends at byte 7"},
		{"garbage behind", append(slices.Clone(messages[0]), "garbage that is no message"...), 28, "version 26465"},
		{"no template", messages[1], 0, "1 data set could not be read"},
		{"a length of nothing", append(slices.Clone(messages[0]), make([]byte, 1)...), 28, "ends at byte 1"},
	} {
		n, skips, err := readFile(t, c.in, false)
		if n != c.want || err != io.EOF || (len(skips.First) > 0) != (c.skip != "") || c.skip != "" && !strings.Contains(skips.First[0].Error(), c.skip) {
			t.Errorf("%s: %d records, %v, %v; want %d, %q", c.name, n, err, skips.First, c.want, c.skip)
		}
		if c.skip == "" {
			continue
		}
		var e *fault.Error
		if n, _, err := readFile(t, c.in, true); n != c.want || !errors.As(err, &e) || e.Kind != fault.Invalid || e.Hint == "" || e.JA.Msg == "" || e.Place.Path != "x.ipfix" {
			t.Errorf("%s, strict: %d records, %v", c.name, n, err)
		}
	}
}

// TestEveryReasonIsSaid: no reason of the decoders is without words.
func TestEveryReasonIsSaid(t *testing.T) {
	var all []error
	for r := ipfix.Truncated; r <= ipfix.TooMany; r++ {
		all = append(all, &ipfix.Error{Version: 9, Domain: 1, Set: 256, Offset: 3, Reason: r})
	}
	for r := sflow.Truncated; r <= sflow.BadHeader; r++ {
		all = append(all, &sflow.Error{Version: 5, Agent: 1, Sample: 2, Offset: 3, Reason: r})
	}
	for _, err := range all {
		var e *fault.Error
		if !errors.As(explain(err, fault.Place{}), &e) || !errors.Is(e, err) {
			t.Fatalf("%v is lost", err)
		}
		for _, s := range []string{e.Msg, e.Hint, e.JA.Msg, e.JA.Hint, e.JA.Op} {
			if s == "" || strings.Contains(s, "export.") || strings.Contains(s, "{") {
				t.Errorf("%v is said as %q (%s)", err, s, i18n.EN)
			}
		}
	}
}

func TestUnread(t *testing.T) {
	v10, _ := ipfixtest.Make(10, 56, 1)
	c := NewCollector(Options{})
	var b flow.Batch
	x, y := c.Capture(), c.Capture()
	if is, err := x.Datagram(packetOf(v10[1], 1), fault.Place{}, &b); !is || err != nil {
		t.Fatal(is, err)
	}
	if err := x.End(fault.Place{}); err == nil {
		t.Error("nothing said about data without template")
	}
	if err := y.End(fault.Place{}); err != nil {
		t.Error(err)
	}
}

// TestNoContent: what exporters may say beside the closed list does not come through:
// URLs, users, payload of sampled packets, text of unknown elements.
func TestNoContent(t *testing.T) {
	flowtest.CheckNoContent(t, func(rt *rapid.T, p *flowtest.Plants) []byte {
		m := ipfixtest.Message{Version: 10, Export: 1_700_000_000}
		list := []ipfixtest.Field{{ID: 8, Length: 4}, {ID: 12, Length: 4}, {ID: 1, Length: 4}, {ID: 461, Length: 0xffff}, {ID: 460, Length: 0xffff},
			{ID: 371, Length: flowtest.CanaryLen}, {ID: 468, Length: 0xffff}, {Enterprise: 9, ID: 12235, Length: 0xffff}, {ID: 104, Length: 0xffff}}
		row := []byte{10, 0, 0, 1, 192, 0, 2, 1, 0, 0, 0, 9}
		text := func(b []byte) { row = append(append(row, byte(len(b))), b...) }
		text(append([]byte("/"), p.Content("request target")...))
		text(p.Keep("Host"))
		row = append(row, p.Content("user name")...)
		text(p.Content("user agent"))
		text(p.Content("URL"))
		text(p.Content("payload"))
		packet := []byte{0x45, 0, 0, 84, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 192, 0, 2, 1, 0, 1, 0, 2, 0, 64, 0, 0}
		packet = append(packet, p.Content("packet section")...)
		return m.Build(2, m.Template(300, list...), ipfixtest.Set(300, row), m.Template(301, ipfixtest.Field{ID: 313, Length: uint16(len(packet))}), ipfixtest.Set(301, packet))
	}, func(in []byte) (flowtest.Reader, error) {
		return NewCollector(Options{}).File(bytes.NewReader(in), "", &fault.Skips{Strict: true}), nil
	})
}

// TestNoContentSampled is the same for sFlow.
func TestNoContentSampled(t *testing.T) {
	flowtest.CheckNoContent(t, func(rt *rapid.T, p *flowtest.Plants) []byte {
		packet := append(make([]byte, 12), 8, 0, 0x45, 0, 0, 200, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 192, 0, 2, 1, 0, 1, 0, 2, 0, 180, 0, 0)
		packet = append(packet, p.Content("payload")...)
		url := sflowtest.Part(1005, append(append([]byte{0, 0, 0, 1, 0, 0, 0, flowtest.CanaryLen}, p.Content("URL")...), 0, 0, 0, 0))
		user := sflowtest.Part(1004, append([]byte{0, 0, 0, 3, 0, 0, 0, flowtest.CanaryLen}, p.Content("user")...))
		return sflowtest.Datagram(1, sflowtest.Flow(1, 10, url, user, sflowtest.Header(1, 214, packet)))
	}, func(in []byte) (flowtest.Reader, error) { return &one{in: in}, nil })
}

// one reads one datagram.
type one struct{ in []byte }

func (o *one) Next(b *flow.Batch) error {
	if o.in == nil {
		return io.EOF
	}
	is, err := NewCollector(Options{}).Capture().Datagram(packetOf(o.in, 6343), fault.Place{}, b)
	if o.in = nil; !is {
		return fmt.Errorf("not recognised: %w", err)
	}
	return err
}

// FuzzFile reads anything as a file of IPFIX messages.
func FuzzFile(f *testing.F) {
	messages, _ := ipfixtest.Make(10, 60, 1)
	f.Add(bytes.Join(messages, nil))
	f.Add([]byte("\x00\x0a\x00\x10aaaaaaaaaaaa\x00\x0a\x00\x00"))
	f.Fuzz(func(t *testing.T, in []byte) {
		n, _, err := readFile(t, in, false)
		if err != io.EOF || n > len(in) {
			t.Fatalf("%d records, %v", n, err)
		}
		RecogniseFile(in)
		Recognise(in)
	})
}
