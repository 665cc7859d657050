package packets

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/noroshi-acd/noroshi/bench/bed"
	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flow/packet"
	"github.com/noroshi-acd/noroshi/internal/fault"
)

// metered is what one reading of a capture took.
type metered struct {
	Packets, Records uint64
	Wall, CPU        time.Duration
	RSS              int64 // greatest, bytes
}

// Meter reads the capture named by args with our reader and meter and reports to
// out; it is run as a child on one core.
func Meter(args []string, out io.Writer) error {
	if len(args) != 1 {
		return errors.New("meter needs one capture")
	}
	in, err := os.Open(args[0])
	if err != nil {
		return err
	}
	start, before := time.Now(), bed.Used()
	r, err := packet.NewReader(in, args[0], &fault.Skips{}, packet.Options{})
	if err != nil {
		return err
	}
	defer r.Close()
	var m metered
	var b flow.Batch
	for {
		b.Reset()
		err := r.Next(&b)
		m.Records += uint64(len(b.Records))
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("metering: %w", err)
		}
	}
	m.Wall, m.Packets = time.Since(start), r.Stats().Packets
	m.CPU, m.RSS = bed.Used()-before, peak()
	return json.NewEncoder(out).Encode(m)
}

// peak gives the greatest resident memory of this process, bytes. The figure of
// Getrusage would hold that of whoever started it.
func peak() int64 {
	text, _ := os.ReadFile("/proc/self/status")
	for l := range strings.Lines(string(text)) {
		var kb int64
		if n, _ := fmt.Sscanf(l, "VmHWM: %d kB", &kb); n == 1 {
			return kb << 10
		}
	}
	return 0
}
