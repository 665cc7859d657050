package direction

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/noroshi-acd/noroshi/internal/fault"
)

// mmdbWriter writes small databases in the format of maxmind.github.io/MaxMind-DB.
type mmdbWriter struct {
	nodes [][2]int // -1 nothing, ≥0 a node, ≤-2 record -x-2
	data  bytes.Buffer
	at    []int // where each record begins
}

func control(w *bytes.Buffer, kind, size int) {
	if kind > 7 {
		w.Write([]byte{byte(size), byte(kind - 7)})
		return
	}
	w.WriteByte(byte(kind<<5 | size))
}

// value writes strings, unsigned numbers, booleans and maps as pairs.
func value(w *bytes.Buffer, v any) {
	switch v := v.(type) {
	case string:
		control(w, 2, len(v))
		w.WriteString(v)
	case uint16:
		control(w, 5, 2)
		binary.Write(w, binary.BigEndian, v)
	case uint32:
		control(w, 6, 4)
		binary.Write(w, binary.BigEndian, v)
	case uint64:
		control(w, 9, 8)
		binary.Write(w, binary.BigEndian, v)
	case bool:
		control(w, 14, map[bool]int{true: 1}[v])
	case []any:
		control(w, 7, len(v)/2)
		for _, x := range v {
			value(w, x)
		}
	}
}

func (m *mmdbWriter) add(prefix string, record any) {
	p := netip.MustParsePrefix(prefix)
	b, bits := p.Addr().As16(), p.Bits()
	if p.Addr().Is4() {
		b, bits = [16]byte{}, bits+96
		copy(b[12:], p.Addr().AsSlice())
	}
	m.at = append(m.at, m.data.Len())
	value(&m.data, record)
	if len(m.nodes) == 0 {
		m.nodes = append(m.nodes, [2]int{-1, -1})
	}
	n := 0
	for i := range bits {
		side := int(b[i/8] >> (7 - i%8) & 1)
		if i == bits-1 {
			m.nodes[n][side] = -len(m.at) - 1
			return
		}
		if m.nodes[n][side] < 0 {
			m.nodes[n][side] = len(m.nodes)
			m.nodes = append(m.nodes, [2]int{-1, -1})
		}
		n = m.nodes[n][side]
	}
}

func (m *mmdbWriter) bytes(built time.Time) string {
	var w bytes.Buffer
	for _, n := range m.nodes {
		for _, x := range n {
			switch {
			case x == -1:
				x = len(m.nodes)
			case x < 0:
				x = len(m.nodes) + 16 + m.at[-x-2]
			}
			w.Write([]byte{byte(x >> 16), byte(x >> 8), byte(x)})
		}
	}
	w.Write(make([]byte, 16))
	w.Write(m.data.Bytes())
	w.WriteString("\xab\xcd\xefMaxMind.com")
	value(&w, []any{"binary_format_major_version", uint16(2), "binary_format_minor_version", uint16(0), "build_epoch", uint64(built.Unix()),
		"database_type", "test", "ip_version", uint16(6), "node_count", uint32(len(m.nodes)), "record_size", uint16(24)})
	return w.String()
}

func testMMDB() *mmdbWriter {
	m := &mmdbWriter{}
	m.add("20.0.0.0/16", []any{"country", []any{"iso_code", "JP"}, "registered_country", []any{"iso_code", "US"}})
	m.add("21.0.0.0/16", []any{"country", []any{"iso_code", "US"}})
	m.add("22.0.0.0/16", []any{"country", "JP"})
	m.add("23.0.0.0/16", []any{"country_code", "FR"})
	m.add("24.0.0.0/16", []any{"registered_country", []any{"iso_code", "JP"}})
	m.add("25.0.0.0/16", []any{"country", []any{"iso_code", "US"}, "traits", []any{"is_anycast", true}})
	m.add("26.0.0.0/16", []any{"continent", "EU"})
	m.add("10.0.0.0/8", []any{"country", "US"})
	m.add("2a00::/32", []any{"country", []any{"iso_code", "FR"}})
	m.add("2a00:1::/32", []any{"country", []any{"iso_code", "JP"}})
	return m
}

func TestMMDB(t *testing.T) {
	built := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	path := file(t, "countries.mmdb", testMMDB().bytes(built))
	d := made(t, Options{MMDB: path})
	for addr, want := range map[string]struct {
		side    Side
		country string
		say     string
	}{
		"20.0.1.1":  {SideDomestic, "JP", "2026-03-04"},
		"21.0.1.1":  {SideForeign, "US", "2026-03-04"},
		"22.0.1.1":  {SideDomestic, "JP", "22.0.0.0/16"},
		"23.0.1.1":  {SideForeign, "FR", "countries.mmdb"},
		"24.0.1.1":  {SideDomestic, "JP", "24.0.0.0/16"},
		"25.0.1.1":  {SideUnknown, "US", "many places"},
		"26.0.1.1":  {SideUnknown, "", "no country"},
		"27.0.1.1":  {SideUnknown, "", "no table"},
		"10.1.1.1":  {SideDomestic, "", "RFC 1918"},
		"2a00::1":   {SideForeign, "FR", "2a00::/32"},
		"2a00:1::1": {SideDomestic, "JP", "2a00:1::/32"},
		"2a00:2::1": {SideUnknown, "", "no table"},
	} {
		a := ip(addr)
		got := d.Decide(a)
		if got.Side != want.side || d.Side(a) != want.side || got.Row.Country != want.country || !strings.Contains(got.Why().EN, want.say) {
			t.Errorf("%s: %s (fast %s) %q %+v, want %+v", addr, got.Side, d.Side(a), got.Why().EN, got.Row, want)
		}
	}
	if _, err := New(Options{MMDB: path, Domestic: []string{"KR"}}); err == nil || !strings.Contains(err.Error(), "KR") {
		t.Error("a country that the database does not have:", err)
	}
	if h := d.Header(); h.Date != built || h.Source != path {
		t.Errorf("%+v", h)
	}
}

func TestMMDBDamage(t *testing.T) {
	good := testMMDB().bytes(time.Unix(0, 0))
	for name, data := range map[string]string{"empty": "", "text": "20.0.0.0/16 JP\n", "cut": good[:len(good)/3]} {
		if _, err := New(Options{MMDB: file(t, "x.mmdb", data)}); err == nil || fault.Hint(err) == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzMMDB(f *testing.F) {
	good := []byte(testMMDB().bytes(time.Unix(0, 0)))
	f.Add(good)
	for i := 0; i < len(good); i += 97 {
		bad := bytes.Clone(good)
		bad[i] ^= 0xff
		f.Add(bad)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 1<<16 {
			return
		}
		m, err := openMMDB(file(t, "x.mmdb", string(data)))
		if err != nil {
			return
		}
		domestic := map[string]bool{"JP": true}
		if _, err := m.line(domestic); err == nil {
			m.decide(point4(20<<24), domestic)
		}
	})
}
