package obs

import (
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// Counter counts what happened. It only grows, and any goroutine may use it.
type Counter struct{ n atomic.Uint64 }

// Add adds n.
func (c *Counter) Add(n uint64) { c.n.Add(n) }

// Value is the count so far.
func (c *Counter) Value() uint64 { return c.n.Load() }

// Registry is the list of what a program counts. The lock guards the list; the
// values guard themselves.
type Registry struct {
	mu      sync.Mutex
	entries map[string]entry
}

// entry is one counter or gauge with its help text.
type entry struct {
	kind, help string
	value      func() float64
}

// NewRegistry makes an empty registry.
func NewRegistry() *Registry { return &Registry{entries: map[string]entry{}} }

// counterName is what a name must be: noroshi_, words, and a unit or total at the end.
var counterName = regexp.MustCompile(`^noroshi_[a-z0-9]+(_[a-z0-9]+)+$`)

// Counter makes and lists a counter; its name ends in _total. It panics on a bad
// or a used name and on an empty help text, which are mistakes of the programmer
// that the first run shows.
func (r *Registry) Counter(name, help string) *Counter {
	if !strings.HasSuffix(name, "_total") {
		panic("obs: the counter " + name + " must end in _total")
	}
	c := new(Counter)
	r.add(name, entry{"counter", help, func() float64 { return float64(c.Value()) }})
	return c
}

// Gauge lists a value that goes up and down. value must be safe to call from any
// goroutine. It panics as Counter does.
func (r *Registry) Gauge(name, help string, value func() float64) {
	r.add(name, entry{"gauge", help, value})
}

func (r *Registry) add(name string, e entry) {
	r.mu.Lock()
	defer r.mu.Unlock()
	_, used := r.entries[name]
	switch {
	case !counterName.MatchString(name):
		panic("obs: bad name " + name)
	case used:
		panic("obs: name used twice: " + name)
	case strings.TrimSpace(e.help) == "":
		panic("obs: no help text for " + name)
	}
	r.entries[name] = e
}

// WriteText writes all values in the Prometheus text format, sorted by name.
func (r *Registry) WriteText(w io.Writer) error {
	r.mu.Lock()
	names := make([]string, 0, len(r.entries))
	for name := range r.entries {
		names = append(names, name)
	}
	slices.Sort(names)
	var b strings.Builder
	for _, name := range names {
		e := r.entries[name]
		help := strings.NewReplacer(`\`, `\\`, "\n", `\n`).Replace(e.help)
		fmt.Fprintf(&b, "# HELP %s %s\n# TYPE %s %s\n%s %v\n", name, help, name, e.kind, name, e.value())
	}
	r.mu.Unlock()
	_, err := io.WriteString(w, b.String())
	return err
}
