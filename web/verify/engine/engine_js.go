//go:build js

package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"io/fs"
	"strings"
	"syscall/js"
	"time"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/ledger/verify"
	"github.com/noroshi-acd/noroshi/ledger/verify/archive"
)

// answer is what the page shows: texts in both languages.
type answer struct {
	Right  bool      `json:"right"`
	Failed bool      `json:"failed"` // nothing could be checked
	Text   i18n.Text `json:"text"`
	Report string    `json:"report"` // JSON
}

// Offer gives the page noroshiVerify(files, asked): files maps paths to bytes, asked has
// root, mode, fresh (seconds, 0 for none) and since (texts of checkpoints). It returns
// an answer as JSON. A file alone is a zip or a tar.
func Offer() {
	js.Global().Set("noroshiVerify", js.FuncOf(func(_ js.Value, args []js.Value) any {
		text, _ := json.Marshal(check(args[0], args[1])) // its fields can be written
		return string(text)
	}))
}

func check(files, asked js.Value) answer {
	fsys, err := export(files)
	if err != nil {
		return failed(err)
	}
	o := verify.Options{
		FS: fsys, Now: time.Now(), Mode: verify.Mode(asked.Get("mode").String()), Root: paper.Digest(strings.TrimSpace(asked.Get("root").String())),
		Fresh: time.Duration(asked.Get("fresh").Int()) * time.Second,
	}
	if o.Root.Check() != nil {
		return failed(fault.Said(fault.Error{Kind: fault.Invalid}, i18n.Text{}, i18n.Both("verify.door.bad_root", "text", string(o.Root)), i18n.Both("verify.door.bad_root_hint")))
	}
	since := asked.Get("since")
	for i := range since.Length() {
		o.Since = append(o.Since, []byte(since.Index(i).String()))
	}
	r, err := verify.Run(context.Background(), o)
	if err != nil {
		return failed(err)
	}
	a := answer{Right: r.Right}
	var ja, en bytes.Buffer
	_ = r.Write(&ja, i18n.JA) // a buffer takes everything
	_ = r.Write(&en, i18n.EN)
	a.Text = i18n.Text{JA: ja.String(), EN: en.String()}
	text, err := r.JSON()
	if err != nil {
		return failed(err)
	}
	a.Report = string(text)
	return a
}

func failed(err error) answer {
	say := func(l i18n.Lang) string { return fault.Text(err, l) + "\n" + fault.HintIn(err, l) }
	return answer{Failed: true, Text: i18n.Text{JA: say(i18n.JA), EN: say(i18n.EN)}}
}

// export takes the files over from the page.
func export(files js.Value) (fs.FS, error) {
	names := js.Global().Get("Object").Call("keys", files)
	all := make(map[string][]byte, names.Length())
	var only []byte
	for i := range names.Length() {
		name := names.Index(i).String()
		from := files.Get(name)
		only = make([]byte, from.Length())
		js.CopyBytesToGo(only, from)
		all[name] = only
	}
	if len(all) != 1 {
		return archive.Inside(archive.NewMemory(all)), nil
	}
	if fsys, err := archive.Zip(bytes.NewReader(only), int64(len(only))); err == nil {
		return fsys, nil
	}
	return archive.Tar(bytes.NewReader(only), archive.MostMemory)
}
