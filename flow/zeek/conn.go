package zeek

import (
	"math"

	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flow/exchange"
	"github.com/noroshi-acd/noroshi/flow/join"
	"github.com/noroshi-acd/noroshi/flow/zeek/row"
)

// ends gives a record with the time and the endpoints that all logs have.
func ends(r *row.Row) flow.Record {
	ts := r.Time(row.TS)
	return flow.Record{
		First: ts, Last: ts,
		Src: r.Addr(row.OrigH), Dst: r.Addr(row.RespH),
		SrcPort: r.Port(row.OrigP), DstPort: r.Port(row.RespP),
	}
}

// extend sets the end of rec to its beginning and length.
func extend(r *row.Row, rec *flow.Record, f row.Field) {
	length := r.Interval(f)
	if length > math.MaxInt64-rec.First {
		r.Flaw(f, "zeek.value.interval")
		return
	}
	rec.Last = rec.First + length
}

func (d *decoder) conn(r *row.Row, c *chunk) {
	r.Need(row.TS, row.OrigH, row.RespH)
	rec := ends(r)
	extend(r, &rec, row.Duration)
	rec.Proto = exchange.Proto(r.Raw(row.Proto), rec.Src.Is4())
	rec.SrcBytes, rec.DstBytes = r.Count(row.OrigIPBytes), r.Count(row.RespIPBytes)
	if n := r.Count(row.OrigBytes); rec.SrcBytes == 0 {
		rec.SrcBytes = n
	}
	if n := r.Count(row.RespBytes); rec.DstBytes == 0 {
		rec.DstBytes = n
	}
	rec.SrcPackets, rec.DstPackets = r.Count(row.OrigPkts), r.Count(row.RespPkts)
	if r.Bad() != nil {
		return
	}
	if rec.Proto == exchange.TCP {
		rec.SrcFlags, rec.DstFlags = flags(r.Raw(row.History))
	}
	rec.State = state(&rec, r.Raw(row.State))
	m := meta{time: rec.First, uid: d.hash(r.Raw(row.UID)), kind: Conn}
	rec.Service, m.want = service(r.List(row.Service))
	if r.Log.Open || d.open {
		rec.Kind = flow.KindSnapshot
		m.time = rec.Last // when it was taken
	}
	c.Records, c.meta = append(c.Records, rec), append(c.meta, m)
}

// flags reads a connection's history: capitals are of the originator.
func flags(history []byte) (src, dst uint8) {
	for _, c := range history {
		var f uint8
		switch c | 0x20 {
		case 's':
			f = flow.SYN
		case 'h':
			f = flow.SYN | flow.ACK
		case 'a', 'd':
			f = flow.ACK
		case 'f':
			f = flow.FIN
		case 'r':
			f = flow.RST
		default:
			continue
		}
		if c&0x20 == 0 {
			src |= f
		} else {
			dst |= f
		}
	}
	return src, dst
}

// state says how far an exchange got. Zeek's conn_state has its meaning for TCP;
// of other transports the packets say it better.
func state(rec *flow.Record, v []byte) flow.State {
	if rec.Proto == exchange.TCP {
		if s, ok := exchange.Named(v); ok {
			return s
		}
	}
	return exchange.Counted(rec)
}

// service gives the first service of a list that the record knows, and which
// other logs have a line about the exchange.
func service(l row.List) (s flow.Service, want join.Parts) {
	for l.Next() {
		v := l.Value
		if len(v) == 0 || v[0] == '-' { // taken back by the sensor
			continue
		}
		one := exchange.Service(v)
		switch one {
		case flow.ServiceTLS, flow.ServiceQUIC:
			want |= join.TLS
		case flow.ServiceHTTP:
			want |= join.Host
		}
		if s == flow.ServiceUnknown || s == flow.ServiceOther {
			s = one
		}
	}
	return s, want
}
