package ui

import (
	"html/template"
	"strings"

	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// Figure is a picture with its caption and the same numbers as a table.
type Figure struct {
	ID      string // unique in the page, ours
	Lang    i18n.Lang
	Title   string
	Caption string        // what the picture shows, in words
	Picture template.HTML // SVG, already escaped
	Narrow  template.HTML // what stands in its place on a narrow screen; empty: the same
	Table   Table
	Slim    bool // the picture may be narrower than the page
}

// Table is rows under a head; cells are anybody's text.
type Table struct {
	Head    []string
	Numeric []bool // by column: figures, set to the right
	Text    bool   // cells are sentences and may break
	Rows    [][]string
}

// frame is how a figure and a table stand in a page.
var frame = template.Must(template.New("figure").Funcs(template.FuncMap{"prose": Prose}).Parse(`{{define "table"}}<table{{with .Class}} class="{{.}}"{{end}}><thead><tr>{{range $i, $h := .Head}}<th scope="col"{{if $.Right $i}} class="number"{{end}}>{{$h}}</th>{{end}}</tr></thead><tbody>{{range .Rows}}<tr>{{range $i, $c := .}}<td{{if $.Right $i}} class="number"{{end}}{{if $.Cards}} data-head="{{index $.Head $i}}"{{end}}>{{$c}}</td>{{end}}</tr>{{end}}</tbody></table>{{end -}}
<figure id="{{.ID}}"{{if .Slim}} class="slim"{{end}}><figcaption>{{if .Title}}<strong>{{.Title}}</strong> {{end}}{{prose .Caption}}</figcaption><div class="picture{{if .Narrow}} broad{{end}}">{{.Picture}}</div>{{if .Narrow}}<div class="narrow">{{.Narrow}}</div>{{end}}{{if .Table.Rows}}<details class="twin"><summary>{{.Numbers}}</summary><div class="wide" tabindex="0" role="group" aria-label="{{.Name}}">{{template "table" .Table}}</div></details>{{end}}</figure>`))

// Right says whether column i holds figures.
func (t Table) Right(i int) bool { return i < len(t.Numeric) && t.Numeric[i] }

// Cards says whether each row becomes a card where the table would be too wide.
func (t Table) Cards() bool { return len(t.Head) > 3 }

// Class is how the table looks.
func (t Table) Class() string {
	var names []string
	if t.Cards() {
		names = append(names, "cards")
	}
	if t.Text {
		names = append(names, "sentences")
	}
	return strings.Join(names, " ")
}

// HTML writes the table.
func (t Table) HTML() template.HTML { return render("table", t.plain()) }

// plain escapes what would not show as itself.
func (t Table) plain() Table {
	head := make([]string, len(t.Head))
	for i, h := range t.Head {
		head[i] = i18n.Escape(h)
	}
	rows := make([][]string, len(t.Rows))
	for i, r := range t.Rows {
		rows[i] = make([]string, len(r))
		for j, c := range r {
			rows[i][j] = i18n.Escape(c)
		}
	}
	t.Head, t.Rows = head, rows
	return t
}

// Numbers is what the twin's door says.
func (f Figure) Numbers() string { return i18n.Say(f.Lang, "ui.numbers") }

// Name is what the figure is called where only a name fits.
func (f Figure) Name() string {
	if f.Title != "" {
		return f.Title
	}
	return f.Caption
}

// HTML writes the figure.
func (f Figure) HTML() template.HTML {
	f.Title, f.Table = i18n.Escape(f.Title), f.Table.plain()
	return render("figure", f)
}

// render runs a part of frame; it cannot fail on the types above.
func render(name string, v any) template.HTML {
	var b strings.Builder
	if err := frame.ExecuteTemplate(&b, name, v); err != nil {
		panic("ui: " + err.Error())
	}
	return template.HTML(b.String())
}

// Value writes a figure of evidence as language l does.
func Value(l i18n.Lang, v any) string {
	if yes, ok := v.(bool); ok {
		if yes {
			return i18n.Say(l, "general.yes")
		}
		return i18n.Say(l, "general.no")
	}
	return i18n.Say(l, "ui.value", "v", v)
}
