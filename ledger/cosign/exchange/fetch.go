package exchange

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/noroshi-acd/noroshi/ledger/proof"
)

// Limits of what is read from others, in bytes, and of waiting.
const (
	mostNote = 64 << 10
	mostTile = proof.TileWidth * 32
	patience = 10 * time.Second // for one answer
)

// NewClient makes the HTTP client of a witness: no proxy of the environment, no
// redirects, bounded waiting.
func NewClient() *http.Client {
	return &http.Client{
		Timeout: patience,
		Transport: &http.Transport{
			MaxIdleConnsPerHost: 2, MaxConnsPerHost: 4, IdleConnTimeout: time.Minute,
			TLSHandshakeTimeout: patience, ResponseHeaderTimeout: patience, MaxResponseHeaderBytes: 16 << 10,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// Answer is a body that was read, with the peer's clock.
type Answer struct {
	Body []byte
	// Date is what the other's clock said between Sent and Received; zero when it did not say.
	Date, Sent, Received time.Time
}

// Get reads at most most bytes. A 404 is an error that matches fs.ErrNotExist.
func Get(ctx context.Context, client *http.Client, url string, most int64, now func() time.Time) (*Answer, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	a := &Answer{Sent: now()}
	resp, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	a.Received = now()
	if d, err := http.ParseTime(resp.Header.Get("Date")); err == nil {
		a.Date = d
	}
	switch {
	case resp.StatusCode == http.StatusNotFound:
		return a, fmt.Errorf("%s: %w", url, fs.ErrNotExist)
	case resp.StatusCode != http.StatusOK:
		return a, fmt.Errorf("%s: %s", url, resp.Status)
	}
	a.Body, err = io.ReadAll(io.LimitReader(resp.Body, most+1))
	if err == nil && int64(len(a.Body)) > most {
		err = fmt.Errorf("%s: more than %d bytes", url, most)
	}
	return a, err
}

// tiles reads the tiles below a URL, each once.
func (e *Exchange) tiles(ctx context.Context, base string) proof.Read {
	var mu sync.Mutex
	known := map[string][]byte{}
	return func(path string) ([]byte, error) {
		mu.Lock()
		data, ok := known[path]
		mu.Unlock()
		if ok {
			return data, nil
		}
		a, err := Get(ctx, e.c.Client, base+"/"+path, mostTile, e.c.Now)
		if err != nil {
			return nil, err
		}
		mu.Lock()
		defer mu.Unlock()
		known[path] = a.Body
		return a.Body, nil
	}
}

func trimmed(url string) string { return strings.TrimRight(url, "/") }
