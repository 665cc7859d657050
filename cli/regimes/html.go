package regimes

import (
	"bytes"
	"html/template"
	"strings"
	"sync"

	"github.com/noroshi-acd/noroshi/authority/regime/compare"
	"github.com/noroshi-acd/noroshi/authority/regime/fact"
)

// sheet is what the page shows.
type sheet struct {
	Lang, Title, Caption, Asked, Legend string
	Columns                             []column
	Rows                                []row
	Marks                               [][2]string
}

// column is the head of one law.
type column struct{ ID, Where, Answer, Picture string }

// point begins a line of a list.
const point = "· "

// pictures are the signs that stand beside an answer: never colour alone.
var pictures = map[compare.Answer]string{
	compare.Denied: "✕", compare.NotYet: "◷", compare.Idle: "–", compare.Beyond: "⊘", compare.Lacking: "△", compare.Ready: "○",
}

func (v *view) pageOf(c *compare.Case, list []compare.Column) ([]byte, error) {
	s := sheet{Lang: string(v.Lang), Title: v.Say("regimes.table.title"), Caption: v.caption(c, list), Asked: v.asked(c), Legend: v.Say("regimes.legend"), Rows: v.rows(list)}
	for _, k := range list {
		r := k.Instrument.Rules
		s.Columns = append(s.Columns, column{ID: string(r.ID), Where: v.Named("where", string(r.Jurisdiction)), Answer: string(k.Answer), Picture: pictures[k.Answer]})
	}
	for _, m := range fact.Marks() {
		if m != fact.Seen {
			s.Marks = append(s.Marks, [2]string{v.Bracket(m), v.Say("regimes.mark." + string(m))})
		}
	}
	var b bytes.Buffer
	err := pageTemplate().Execute(&b, s)
	return b.Bytes(), err
}

// markOf is the mark of a rule as its evaluator names it, where it is not sure.
func markOf(v *view, mark string) string {
	if mark == "" {
		return ""
	}
	return v.Doubt(fact.Mark(mark))
}

var pageTemplate = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("page").Funcs(template.FuncMap{
		"trim":   func(s string) string { return strings.TrimPrefix(s, point) },
		"listed": func(lines []string) bool { return len(lines) > 0 && strings.HasPrefix(lines[0], point) },
	}).Parse(pageText))
})

// pageText is the page: one table, readable without colour, script or network.
const pageText = `<!DOCTYPE html>
<html lang="{{.Lang}}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{{.Title}}</title>
<style>
:root { color-scheme: light dark; --ink: #1a1a1c; --soft: #626264; --line: #d8d8db; --ground: #fff; --head: #f1f1f4; --no: #ad0000; --open: #6b4300; --yes: #115a36; }
@media (prefers-color-scheme: dark) { :root { --ink: #ececec; --soft: #b3b3b3; --line: #4d4d4d; --ground: #1a1a1a; --head: #262626; --no: #ff9a9a; --open: #ffd27a; --yes: #8fdcae; } }
body { margin: 2rem; color: var(--ink); background: var(--ground); font: 1rem/1.7 system-ui, "Noto Sans JP", sans-serif; line-break: strict; word-break: auto-phrase; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; min-width: 60rem; }
caption { text-align: start; font-weight: 600; padding-block: .5rem; }
th, td { border: 1px solid var(--line); padding: .5rem .75rem; text-align: start; vertical-align: top; min-width: 8rem; overflow-wrap: anywhere; }
tbody th { min-width: 5.5rem; position: sticky; inset-inline-start: 0; }
th { background: var(--head); font-weight: 600; }
td p { margin: 0; } td ul { margin: 0; padding-inline-start: 1.1rem; }
.id { color: var(--soft); font-weight: 400; display: block; }
.sign { font-size: 1.3rem; margin-inline-end: .4rem; }
.denied { color: var(--no); } .not-yet, .lacking, .beyond { color: var(--open); } .complete { color: var(--yes); }
tr.answer td p:first-of-type { font-weight: 600; }
.law { display: none; }
dl { color: var(--soft); } dt { float: inline-start; margin-inline-end: .5rem; }
@media (max-width: 48rem) {
body { margin: 1rem; } table, caption, tbody, tr, th, td { display: block; min-width: 0; } table { min-width: 0; } thead { display: block; position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
tbody th { position: static; margin-block-start: 1rem; } td { border-block-start: 0; } .law { display: block; color: var(--soft); font-weight: 400; font-size: .85rem; } }
@media print { body { margin: 0; font-size: .7rem; } table { min-width: 0; } th, td { min-width: 0; } }
</style>
</head>
<body>
<h1>{{.Title}}</h1>
<p>{{.Asked}}</p>
<div class="scroll" tabindex="0">
<table role="table">
<caption>{{.Caption}}</caption>
<thead><tr role="row"><td role="cell"></td>{{range .Columns}}<th scope="col" role="columnheader"><span class="sign {{.Answer}}" aria-hidden="true">{{.Picture}}</span>{{.Where}}<span class="id">{{.ID}}</span></th>{{end}}</tr></thead>
<tbody>{{range .Rows}}
<tr class="{{.Key}}" role="row"><th scope="row" role="rowheader">{{.Head}}</th>{{range $n, $_ := .Cells}}<td role="cell">{{with index $.Columns $n}}<span class="law" aria-hidden="true">{{.Where}} {{.ID}}</span>{{end}}{{if listed .}}<ul>{{range .}}<li>{{trim .}}</li>{{end}}</ul>{{else}}{{range .}}<p>{{.}}</p>{{end}}{{end}}</td>{{end}}</tr>{{end}}
</tbody>
</table>
</div>
<h2>{{.Legend}}</h2>
<dl>{{range .Marks}}<dt>{{index . 0}}</dt><dd>{{index . 1}}</dd>{{end}}</dl>
</body>
</html>
`
