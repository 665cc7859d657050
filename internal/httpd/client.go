package httpd

import (
	"net/http"
	"time"

	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/pki"
)

// Client calls one peer over mutual TLS, directly: no proxy, no redirect. limit is the
// time for a call, from the line to the end of the answer. Who reads an answer bounds
// what is read.
func Client(own func() *pki.Identity, peers func() pki.Peers, peer pki.Name, now func() time.Time, limit time.Duration) *http.Client {
	return &http.Client{
		Timeout: limit,
		Transport: &http.Transport{
			TLSClientConfig: pki.Client(own, peers, peer, now), ForceAttemptHTTP2: true,
			TLSHandshakeTimeout: limit, ResponseHeaderTimeout: limit, IdleConnTimeout: time.Minute,
			MaxIdleConns: 4, MaxConnsPerHost: 8, MaxResponseHeaderBytes: 64 << 10,
		},
		CheckRedirect: func(r *http.Request, _ []*http.Request) error {
			return wrong(fault.Permission, "elsewhere", nil, "host", r.URL.Host)
		},
	}
}
