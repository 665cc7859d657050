package witness

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/ledger/cosign"
	"github.com/noroshi-acd/noroshi/ledger/cosign/mirror"
)

// LogStatus is how the witness stands to one log, for programs.
type LogStatus struct {
	Origin   string `json:"origin"`
	Size     int64  `json:"size"`
	Time     string `json:"time,omitempty"` // of the latest cosignature
	Stopped  string `json:"stopped,omitempty"`
	File     string `json:"file,omitempty"` // of the paper that shows why
	Splits   int    `json:"splits"`
	Doubts   int    `json:"doubts"`
	Mirror   int64  `json:"mirror,omitempty"`   // size of the copy
	Anchored *int64 `json:"anchored,omitempty"` // of a sealed witness
	Late     bool   `json:"late,omitempty"`
}

// PeerStatus is how a peer stands to us about one log.
type PeerStatus struct {
	Peer    string `json:"peer"`
	Origin  string `json:"origin"`
	Size    int64  `json:"size"`
	Reached string `json:"reached,omitempty"`
	Open    string `json:"open_since,omitempty"`
	Split   bool   `json:"split,omitempty"`
	Fault   string `json:"fault,omitempty"`
}

// Report is how the witness is.
type Report struct {
	Key      string       `json:"key"`
	Problems []i18n.Text  `json:"problems"`
	Logs     []LogStatus  `json:"logs"`
	Peers    []PeerStatus `json:"peers"`
}

// StateReport is what a state alone tells, without a service.
func StateReport(w *cosign.Witness) Report {
	r := Report{Key: w.Key(), Problems: []i18n.Text{}, Logs: []LogStatus{}, Peers: []PeerStatus{}}
	for _, origin := range w.Origins() {
		st, _ := w.Status(origin)
		l := LogStatus{Origin: origin, Size: st.Size, Splits: st.Splits, Doubts: st.Doubts, Late: st.Anchor.Late}
		if st.Size > 0 {
			l.Time = st.Time.Format(time.RFC3339)
		}
		if st.Stopped != nil {
			l.Stopped, l.File = string(st.Stopped.Cause), st.Stopped.File
			r.Problems = append(r.Problems, i18n.Both("witness.problem."+string(st.Stopped.Cause), "origin", origin, "file", st.Stopped.File, "place", st.Stopped.Place))
		}
		if st.Sealed {
			l.Anchored = &st.Anchor.Anchored
		}
		if st.Anchor.Late {
			r.Problems = append(r.Problems, i18n.Both("witness.problem.late", "origin", origin, "since", st.Anchor.Since.Time()))
		}
		r.Logs = append(r.Logs, l)
	}
	return r
}

// Report says how the running witness is.
func (s *Service) Report() Report {
	r := StateReport(s.witness)
	if _, err := s.clock.Now(); err != nil {
		r.Problems = append(r.Problems, i18n.Both("witness.problem.clock", "why", err.Error()))
	}
	if why := s.rootFault.Load(); why != nil && *why != "" {
		r.Problems = append(r.Problems, i18n.Both("witness.problem.root", "version", s.version.Load(), "why", *why))
	}
	for i := range r.Logs {
		m := s.mirrors[r.Logs[i].Origin]
		if m == nil {
			continue
		}
		r.Logs[i].Mirror = m.Size()
		if why, since := s.copies.fault(r.Logs[i].Origin); !since.IsZero() && s.clock.wall().Sub(since) > s.config.Exchange.Alarm {
			r.Problems = append(r.Problems, i18n.Both("witness.problem.mirror", "origin", r.Logs[i].Origin, "why", why))
		}
	}
	r.Problems = append(r.Problems, s.peerProblems(&r)...)
	return r
}

// peerProblems lists how the peers stand, and what of it is an alarm.
func (s *Service) peerProblems(r *Report) []i18n.Text {
	var list []i18n.Text
	now, alarm := s.clock.wall(), s.config.Exchange.Alarm
	lost := map[string]bool{}
	for _, st := range s.exchange.Standings() {
		p := PeerStatus{Peer: st.Peer, Origin: st.Origin, Size: st.Size, Split: st.Split, Fault: st.Fault}
		if !st.Reached.IsZero() {
			p.Reached = st.Reached.UTC().Format(time.RFC3339)
		}
		if !st.Open.IsZero() {
			p.Open = st.Open.UTC().Format(time.RFC3339)
			if now.Sub(st.Open) > alarm {
				list = append(list, i18n.Both("witness.problem.open", "peer", st.Peer, "origin", st.Origin, "since", st.Open))
			}
		}
		since := st.Reached
		if since.IsZero() {
			since = s.begun
		}
		if !lost[st.Peer] && now.Sub(since) > alarm {
			lost[st.Peer] = true
			list = append(list, i18n.Both("witness.problem.unreached", "peer", st.Peer, "since", since))
		}
		r.Peers = append(r.Peers, p)
	}
	return list
}

func (s *Service) healthHandler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		r := s.Report()
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		if len(r.Problems) > 0 {
			w.WriteHeader(http.StatusServiceUnavailable)
		} else {
			fmt.Fprintln(w, i18n.Say(s.lang, "witness.well"))
		}
		for _, p := range r.Problems {
			fmt.Fprintln(w, p.In(s.lang))
		}
	})
	mux.HandleFunc("GET /status", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(s.Report())
	})
	mux.HandleFunc("GET /metrics", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
		s.count.WriteText(w)
	})
	return mux
}

func (s *Service) gauges() {
	s.count.Gauge("noroshi_witness_stopped_logs", "Logs that this witness has stopped to cosign until a person decides.", func() float64 {
		n := 0
		for _, origin := range s.witness.Origins() {
			if st, _ := s.witness.Status(origin); st.Stopped != nil {
				n++
			}
		}
		return float64(n)
	})
	s.count.Gauge("noroshi_witness_problems", "Things that somebody has to look after.", func() float64 { return float64(len(s.Report().Problems)) })
	s.count.Gauge("noroshi_witness_clock_sure", "1 when the clock can be relied upon.", func() float64 {
		if _, err := s.clock.Now(); err != nil {
			return 0
		}
		return 1
	})
}

// watch writes an alarm into the log when there is a new problem, again each hour, and
// when it is over.
func (s *Service) watch(ctx context.Context) error {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	var before string
	var said time.Time
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
		now := describe(s.lang, s.Report().Problems)
		switch {
		case now == before && (now == "" || time.Since(said) < time.Hour):
			continue
		case now == "":
			s.log.Info("alarm over")
		default:
			s.log.Error("alarm", "problems", now)
		}
		before, said = now, time.Now()
	}
}

// copying is how the mirrors do.
type copying struct {
	mu     sync.Mutex
	faults map[string]copyFault
}

type copyFault struct {
	why   string
	since time.Time
}

func (c *copying) fault(origin string) (string, time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f := c.faults[origin]
	return f.why, f.since
}

func (c *copying) note(origin string, err error, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.faults == nil {
		c.faults = map[string]copyFault{}
	}
	old, had := c.faults[origin]
	switch {
	case err == nil:
		delete(c.faults, origin)
	case had:
		c.faults[origin] = copyFault{err.Error(), old.since}
	default:
		c.faults[origin] = copyFault{err.Error(), now}
	}
}

// copy keeps the mirrors up to what was cosigned.
func (s *Service) copy(ctx context.Context) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-timer.C:
		}
		wait := s.config.Exchange.Every
		for origin, m := range s.mirrors {
			text := s.witness.Latest(origin)
			if text == nil {
				continue
			}
			err := m.Update(ctx, text)
			switch {
			case errors.Is(err, mirror.ErrMore):
				wait, err = 0, nil
			case err == nil:
				err = m.Clear()
			}
			if err != nil && ctx.Err() == nil {
				s.log.Warn("mirror", "origin", origin, "error", err)
			}
			s.copies.note(origin, err, s.clock.wall())
		}
		timer.Reset(wait)
	}
}
