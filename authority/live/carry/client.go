package carry

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/noroshi-acd/noroshi/authority/paper"
)

// Carrier asks one address for newer statements and hands them to a sink: what a tap,
// an edge, an agent or a courier runs, for each address that it knows.
type Carrier struct {
	// URL is the address without [Path].
	URL string
	// Sink takes what comes.
	Sink Sink
	// Client asks; nil means a plain one.
	Client *http.Client
	// Pause is how long after a failure it asks again; 0 means 1 s.
	Pause time.Duration
	// Logger is told of failures; nil discards them.
	Logger *slog.Logger

	after int64 // the highest number that came; owned by Run
}

// Run asks until ctx ends. It never gives up: what does not come in time ends leases,
// and that is for others to see.
func (c *Carrier) Run(ctx context.Context) error {
	pause, logger := c.Pause, c.Logger
	if pause <= 0 {
		pause = time.Second
	}
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}
	for ctx.Err() == nil {
		e, err := Ask(ctx, c.Client, c.URL, c.after)
		if err == nil && e != nil {
			err = c.take(e)
		}
		if err == nil {
			continue
		}
		logger.Warn("no liveness came", "url", c.URL, "error", err)
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
		case <-timer.C:
		}
		timer.Stop()
	}
	return nil
}

// take offers a statement. Only one that was found right counts for what is asked next:
// a liar cannot make us deaf with a high number.
func (c *Carrier) take(e *paper.Envelope) error {
	_, list, err := c.Sink.Offer(e)
	switch {
	case err != nil:
		return err
	case len(list) > 0:
		return fmt.Errorf("it is refused: %s", list[0])
	}
	if n := numberOf(e); n > c.after {
		c.after = n
		return nil
	}
	return errors.New("an older statement came again")
}

// Ask asks once for a statement with a number above after; nil when there was none for
// as long as the server waits. It verifies nothing.
func Ask(ctx context.Context, client *http.Client, url string, after int64) (*paper.Envelope, error) {
	if client == nil {
		client = http.DefaultClient
	}
	ctx, cancel := context.WithTimeout(ctx, LongestAsk+5*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url+Path+"?after="+strconv.FormatInt(after, 10), nil)
	if err != nil {
		return nil, err
	}
	answer, err := client.Do(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	switch answer.StatusCode {
	case http.StatusOK:
		return read(answer.Body)
	case http.StatusNoContent:
		return nil, nil
	}
	return nil, fmt.Errorf("%s answers %s", url, answer.Status)
}

// Push carries a statement to an address. nil means that it was found right there,
// though it may have been known.
func Push(ctx context.Context, client *http.Client, url string, e *paper.Envelope) error {
	if client == nil {
		client = http.DefaultClient
	}
	data, err := e.Marshal()
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url+Path, bytes.NewReader(data))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	answer, err := client.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, 4096))
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s answers %s: %.200q", url, answer.Status, text)
	}
	return err
}
