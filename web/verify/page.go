package verify

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"io"
	"sync"

	"github.com/noroshi-acd/noroshi/internal/i18n"
)

//go:embed page.html
var pageText string

//go:embed page.css
var pageStyle string

//go:embed page.js
var pageScript string

// words are what the page says; each stands in it in both languages.
func words() map[string]i18n.Text {
	all := map[string]i18n.Text{}
	for _, key := range []string{
		"title", "lead", "root", "root_hint", "mode", "public", "inspector", "fresh", "fresh_hint", "hour", "day", "month", "none", "since", "since_hint",
		"export", "export_hint", "folder", "drop", "check", "working", "ready", "loading", "right", "wrong", "failed", "save", "offline", "language", "no_root", "no_export",
	} {
		all[key] = i18n.Both("verify.page." + key)
	}
	return all
}

// page is compiled once.
var page = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("page").Parse(pageText))
})

// policy names the hash by which the page's policy knows a script or style.
func policy(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// Write writes the page. wasm is cmd/noroshi-verify built for js/wasm, exec the
// wasm_exec.js of the same Go release, which runs it.
func Write(w io.Writer, wasm, exec []byte) error {
	var packed bytes.Buffer
	z, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return err
	}
	if _, err := z.Write(wasm); err != nil {
		return err
	}
	if err := z.Close(); err != nil {
		return err
	}
	return page().Execute(w, map[string]any{
		"Words": words(), "Style": template.CSS(pageStyle), "Exec": template.JS(exec), "Script": template.JS(pageScript),
		"Engine": base64.StdEncoding.EncodeToString(packed.Bytes()),
		"Policy": "default-src 'none'; script-src " + policy(string(exec)) + " " + policy(pageScript) + " 'wasm-unsafe-eval'; style-src " + policy(pageStyle) + "; base-uri 'none'; form-action 'none'",
	})
}
