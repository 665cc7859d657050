package pairs

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/noroshi-acd/noroshi/direction"
	"github.com/noroshi-acd/noroshi/flow"
)

// Size is how large a stream is.
type Size struct {
	Records int // flows, those that were planted besides
	Pairs   int // distinct pairs of a host and a destination, all alive throughout
	Hosts   int
	Servers int
	Planted int // command servers; the other threats are a share of them
}

// world is who talks to whom.
type world struct {
	Size
	hosts     []flow.Addr
	resolvers []flow.Addr
	servers   []server
	text      []byte   // names, one after the other
	first     []uint32 // by host: where its pairs begin
	to        []uint32 // by pair: the server
	from      []uint32 // by pair: the host
	amounts   [1 << 12]float32
	shapes    []shape
}

// server is one destination address.
type server struct {
	addr     flow.Addr
	name     uint32 // where its name begins in text
	nameLen  uint8  // 0 for none
	shape    uint8
	port     uint16
	proto    uint8
	service  flow.Service
	up, down float32 // octets, median
}

// shape is what handshakes look like.
type shape struct{ ja4, issuer string }

// newWorld makes one; the border says where hosts and servers lie.
func newWorld(r *rand.Rand, border *direction.Table, size Size) *world {
	w := &world{Size: size, hosts: make([]flow.Addr, 0, size.Hosts), servers: make([]server, 0, size.Servers)}
	inside := func() flow.Addr { return draw(r, border, direction.SideDomestic, 0) }
	for range size.Hosts {
		w.hosts = append(w.hosts, inside())
	}
	for range 32 {
		w.resolvers = append(w.resolvers, inside())
	}
	for range 64 {
		w.shapes = append(w.shapes, shape{
			fmt.Sprintf("t13d%02d%02dh2_%012x_%012x", 10+r.IntN(20), 5+r.IntN(10), r.Uint64N(1<<48), r.Uint64N(1<<48)),
			fmt.Sprintf("CN=Made Authority %d,O=Made", r.IntN(30)),
		})
	}
	for i := range w.amounts {
		w.amounts[i] = float32(math.Exp(r.NormFloat64() * 1.1))
	}
	for range size.Servers {
		w.servers = append(w.servers, w.server(r, border))
	}
	w.connect(r)
	return w
}

// draw finds a public address on a side, one in ten of IPv6 where share6 is 0.1.
func draw(r *rand.Rand, border *direction.Table, side direction.Side, share6 float64) flow.Addr {
	for {
		v := r.Uint32()
		a := flow.Addr4([4]byte{byte(v >> 24), byte(v >> 16), byte(v >> 8), byte(v)})
		if r.Float64() < share6 {
			a = flow.Addr{0x20 | byte(v>>28&1), byte(v >> 16), byte(v >> 8), byte(v)}
			for i := 4; i < len(a); i++ {
				a[i] = byte(r.Uint32())
			}
		}
		if border.Side(a) == side && !border.Private(a) {
			return a
		}
	}
}

// server makes a destination: two thirds abroad, most with a name and TLS.
func (w *world) server(r *rand.Rand, border *direction.Table) server {
	side := direction.SideForeign
	if r.IntN(3) == 0 {
		side = direction.SideDomestic
	}
	s := server{
		addr: draw(r, border, side, 0.1), port: 443, proto: 6, service: flow.ServiceTLS, shape: uint8(r.IntN(len(w.shapes))),
		up: float32(600 * math.Exp(r.NormFloat64()*0.7)), down: float32(4000 * math.Exp(r.NormFloat64())),
	}
	switch k := r.IntN(20); {
	case k < 4:
		s.proto, s.service = 17, flow.ServiceQUIC
	case k == 4:
		s.port, s.service = 80, flow.ServiceHTTP
	case k == 5:
		s.port, s.proto, s.service, s.up, s.down = 123, 17, flow.ServiceNTP, 76, 76
	case k < 8:
		s.port, s.service = uint16(1024+r.IntN(60000)), flow.ServiceUnknown
	}
	if s.service == flow.ServiceTLS || s.service == flow.ServiceQUIC || s.service == flow.ServiceHTTP {
		if n := len(w.servers); n > 0 && r.IntN(2) == 0 && w.servers[n-1].nameLen > 0 {
			s.name, s.nameLen = w.servers[n-1].name, w.servers[n-1].nameLen // one more address of a name
		} else {
			s.name = uint32(len(w.text))
			w.text = append(w.text, plain(r)...)
			s.nameLen = uint8(len(w.text) - int(s.name))
		}
	}
	return s
}

// plain makes a name as people choose them: syllables.
func plain(r *rand.Rand) string {
	parts := []string{"ka", "to", "mi", "ra", "se", "no", "hi", "ku", "ta", "ne", "shop", "net", "data", "cloud", "ma", "ri", "yo", "so", "tech", "play"}
	word := func(n int) (out string) {
		for range n {
			out += parts[r.IntN(len(parts))]
		}
		return out
	}
	return []string{"www", "api", "cdn", "img", "app"}[r.IntN(5)] + "." + word(3+r.IntN(3)) + []string{".com", ".net", ".jp", ".co.jp", ".org"}[r.IntN(5)]
}

// connect gives every host its destinations: few have hundreds, and few
// destinations have most hosts.
func (w *world) connect(r *rand.Rand) {
	popular := rand.NewZipf(r, 1.05, 30, uint64(len(w.servers)-1))
	weight, sum := make([]float64, w.Hosts), 0.0
	for i := range weight {
		weight[i] = math.Exp(r.NormFloat64())
		sum += weight[i]
	}
	w.to, w.from = make([]uint32, 0, w.Pairs), make([]uint32, 0, w.Pairs)
	taken := map[uint32]bool{}
	due := 0.0
	for h := range w.Hosts {
		w.first = append(w.first, uint32(len(w.to)))
		due += weight[h] / sum * float64(w.Pairs)
		clear(taken)
		for len(w.to) < int(due) || h == w.Hosts-1 && len(w.to) < w.Pairs {
			s := uint32(popular.Uint64())
			if len(taken) > len(w.servers)/2 || !taken[s] {
				taken[s] = true
				w.to, w.from = append(w.to, s), append(w.from, uint32(h))
			}
		}
	}
	w.first = append(w.first, uint32(len(w.to)))
}
