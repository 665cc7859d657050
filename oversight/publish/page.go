package publish

import (
	_ "embed"
	"html/template"
	"sync"
)

//go:embed page.tmpl
var text string

// pages is the page's template.
var pages = sync.OnceValue(func() *template.Template { return template.Must(template.New("page").Parse(text)) })
