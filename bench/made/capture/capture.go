package capture

import (
	"io"
	"net/netip"
	"time"

	"github.com/noroshi-acd/noroshi/bench/made/world"
)

// segment is the most payload that one packet carries.
const segment = 1400

// Write plays s and writes its packets to w in order of time. Of each conversation
// at most limit bytes of payload a side are played (0: all), so that downloads do
// not fill the file. It returns how many packets it wrote.
func Write(w io.Writer, s *world.Stage, limit int64) (packets int64, err error) {
	c := &camera{out: newWriter(w), stage: s, r: world.NewRand(s.Seed, "capture", 0), certs: map[string][]byte{}}
	err = s.Play(func(x *world.Exchange) error {
		if err := c.until(x.At); err != nil {
			return err
		}
		if limit > 0 {
			x.Up, x.Down = min(x.Up, limit), min(x.Down, limit)
		}
		return c.begin(x)
	})
	if err == nil {
		err = c.until(s.End)
	}
	if err == nil {
		err = c.out.out.Flush()
	}
	return c.packets, err
}

// camera writes the packets of the conversations that are open.
type camera struct {
	out     *writer
	stage   *world.Stage
	r       world.Rand
	open    world.Queue[*talk]
	certs   map[string][]byte
	packets int64
	id      uint16
}

// step is one thing said in a conversation.
type step struct {
	after   int64 // ns since the step before
	up      bool
	flags   uint8
	payload []byte
}

// talk is a conversation under way.
type talk struct {
	x        world.Exchange
	steps    []step
	next     int
	rest     []byte // of the current payload, when it needs several packets
	seq      [2]uint32
	end      int64 // when keep-alives stop
	tail     []step
	idle     bool // between head and tail
	up, down int  // bytes of each keep-alive
}

func (c *camera) until(at int64) error {
	for c.open.Len() > 0 && c.open.Next() <= at {
		now, t := c.open.Pop()
		if err := c.say(now, t); err != nil {
			return err
		}
		if next, ok := c.after(now, t); ok {
			c.open.Push(next, t)
		}
	}
	return nil
}

// say writes one packet of t.
func (c *camera) say(now int64, t *talk) error {
	s := &t.steps[t.next]
	from, to := 1, 0
	p := packet{src: t.x.Dst, dst: t.x.Src, srcPort: t.x.DstPort, dstPort: t.x.SrcPort, proto: t.x.Protocol.Transport()}
	if s.up {
		from, to = 0, 1
		p.src, p.dst, p.srcPort, p.dstPort = p.dst, p.src, p.dstPort, p.srcPort
	}
	if p.proto == 1 { // source port is the ICMP type: 8 asks, 0 answers
		p.srcPort, p.dstPort = 0, t.x.DstPort
		if s.up {
			p.srcPort = 8
		}
		p.seq = uint32(t.next / 2)
	}
	if t.rest == nil {
		t.rest = s.payload
	}
	n := min(len(t.rest), segment)
	p.payload, t.rest = t.rest[:n], t.rest[n:]
	c.id++
	p.id, p.flags = c.id, s.flags
	if p.proto == 6 {
		p.seq, p.ack = t.seq[from], t.seq[to]
		if p.flags&ack == 0 {
			p.ack = 0
		}
		t.seq[from] += uint32(n)
		if p.flags&(syn|fin) != 0 && t.x.Ending != world.NoAnswer { // else it is sent again
			t.seq[from]++
		}
	}
	c.packets++
	return c.out.write(now, &p)
}

// after says when t speaks next.
func (c *camera) after(now int64, t *talk) (int64, bool) {
	if len(t.rest) > 0 {
		return now + 120_000, true
	}
	t.rest = nil
	t.next++
	if t.next < len(t.steps) {
		return now + t.steps[t.next].after, true
	}
	t.next = 0
	if t.idle {
		if every := int64(c.r.Around(time.Duration(t.x.Every), 0.05)); t.x.Every > 0 && now+every < t.end {
			t.steps = t.steps[:0]
			t.add(every, true, t.push(), sealed(nil, c.r, t.up))
			t.add(c.trip(t.x.Dst), false, t.push(), sealed(nil, c.r, t.down))
			t.acknowledge(c.trip(t.x.Dst), true)
			return now + every, true
		}
		t.idle = false
		t.steps = append(t.steps[:0], t.tail...)
		if len(t.steps) > 0 {
			return max(now+1000, t.end), true
		}
	}
	return 0, false
}

// trip gives the round-trip time to dst, the same each time.
func (c *camera) trip(dst netip.Addr) int64 {
	b := dst.As16()
	return int64(3+int(b[15]^b[14])%90) * int64(time.Millisecond)
}

func (t *talk) add(after int64, up bool, flags uint8, payload []byte) {
	t.steps = append(t.steps, step{after, up, flags, payload})
}

// push gives the flags of a data packet.
func (t *talk) push() uint8 {
	if t.x.Protocol.Transport() == 6 {
		return psh | ack
	}
	return 0
}

func (t *talk) acknowledge(after int64, up bool) {
	if t.x.Protocol.Transport() == 6 {
		t.add(after, up, ack, nil)
	}
}

// begin makes the conversation that x is and puts its first packet in line.
func (c *camera) begin(x *world.Exchange) error {
	t := &talk{x: *x, seq: [2]uint32{c.r.Uint32(), c.r.Uint32()}, end: x.At + x.Dur}
	var err error
	switch {
	case x.Protocol == world.DNS:
		id := uint16(c.r.Uint32())
		t.add(0, true, 0, question(x, id))
		if x.Ending != world.NoAnswer {
			t.add(x.Dur, false, 0, answer(x, id, c.r))
		}
	case x.Protocol == world.NTP:
		t.add(0, true, 0, clock(x.At, false))
		t.add(c.trip(x.Dst), false, 0, clock(x.At, true))
	case x.Protocol == world.ICMP:
		for i := range x.UpCount {
			t.add(min(i, 1)*x.Dur/max(x.UpCount, 1), true, 0, make([]byte, x.Up/x.UpCount))
			t.add(c.trip(x.Dst), false, 0, make([]byte, x.Down/x.UpCount))
		}
	case x.Protocol.Transport() == 17:
		c.body(t)
	default:
		err = c.stream(t)
	}
	if err == nil && len(t.steps) > 0 {
		c.open.Push(x.At+t.steps[0].after, t)
	}
	return err
}

// stream makes a TCP conversation: opening, handshake, data, closing.
func (c *camera) stream(t *talk) error {
	x, rtt := &t.x, c.trip(t.x.Dst)
	t.add(0, true, syn, nil)
	switch x.Ending {
	case world.NoAnswer:
		t.add(int64(time.Second), true, syn, nil)
		return nil
	case world.Refused:
		t.add(rtt, false, rst|ack, nil)
		return nil
	}
	t.add(rtt, false, syn|ack, nil)
	t.add(30_000, true, ack, nil)
	if x.Protocol == world.TLS {
		if err := c.handshake(t, rtt); err != nil {
			return err
		}
	}
	c.body(t)
	switch x.Ending {
	case world.Closed, world.OneSided:
		t.tail = []step{{0, true, fin | ack, nil}, {rtt, false, fin | ack, nil}, {30_000, true, ack, nil}}
	case world.Reset:
		t.tail = []step{{0, true, rst | ack, nil}}
	}
	return nil
}

func (c *camera) handshake(t *talk, rtt int64) error {
	x := &t.x
	t.add(200_000, true, psh|ack, clientHello(c.r, x.Client, x.Name))
	version := uint16(0x0304)
	name := x.Name
	if x.SelfSigned || x.Client == world.Embedded || len(name)%6 == 0 {
		version = 0x0303
	}
	var cert []byte
	if version == 0x0303 {
		if name == "" {
			name = "localhost"
		}
		var err error
		if cert = c.certs[name]; cert == nil {
			if cert, err = certificate(c.stage.Seed, name, x.SelfSigned, time.Unix(0, c.stage.Start)); err != nil {
				return err
			}
			c.certs[name] = cert
		}
	}
	t.add(rtt, false, psh|ack, serverHello(c.r, version, cert))
	done := record(nil, 20, []byte{1})
	if version == 0x0303 {
		done = append(record(nil, 22, random([]byte{16, 0, 0, 33, 32}, c.r, 32)), done...)
	}
	t.add(2_000_000, true, psh|ack, sealed(done, c.r, 74))
	return nil
}

// body makes the data of t: at once, or in keep-alives while it lasts.
func (c *camera) body(t *talk) {
	x, rtt := &t.x, c.trip(t.x.Dst)
	up, down := int(x.Up), int(x.Down)
	t.idle = true
	if x.Every > 0 {
		n := int(x.Dur/x.Every) + 1
		t.up, t.down = max(up/n, 24), max(down/n, 24)
		up, down = t.up, t.down
	}
	switch x.Protocol {
	case world.HTTP:
		t.add(200_000, true, psh|ack, request(x, up))
		t.add(rtt, false, psh|ack, response(down))
	case world.SSH:
		t.add(rtt, false, psh|ack, []byte("SSH-2.0-Server_1.0\r\n"))
		t.add(1_000_000, true, psh|ack, []byte("SSH-2.0-Client_1.0\r\n"))
		t.add(rtt, true, psh|ack, random(nil, c.r, up))
		t.add(rtt, false, psh|ack, random(nil, c.r, down))
	default:
		t.add(500_000, true, t.push(), sealed(nil, c.r, up))
		if x.Ending != world.OneSided {
			t.add(rtt, false, t.push(), sealed(nil, c.r, down))
		}
	}
	t.acknowledge(30_000, true)
	if t.x.Protocol.Transport() != 6 {
		t.tail = nil
	}
}
