// Package i18n is the catalogue of everything the product says to people, in
// Japanese and English. Each area has one file per language, ja/AREA.toml and
// en/AREA.toml; a key is "area.place.meaning". It refuses to guess: a missing key
// shows as itself, and a test fails on it.
package i18n

import (
	"embed"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/pelletier/go-toml/v2"
)

// Lang is a language of the catalogue.
type Lang string

// The languages.
const (
	JA Lang = "ja"
	EN Lang = "en"
)

// Text is one sentence in both languages.
type Text struct {
	JA string `json:"ja"`
	EN string `json:"en"`
}

// In gives t in language l.
func (t Text) In(l Lang) string {
	if l == JA {
		return t.JA
	}
	return t.EN
}

//go:embed ja/*.toml en/*.toml
var files embed.FS

// catalogues holds language → key → sentence, read once from the embedded files.
var catalogues = sync.OnceValue(func() map[Lang]map[string]string {
	all := map[Lang]map[string]string{}
	for _, l := range []Lang{JA, EN} {
		all[l] = map[string]string{}
		entries, err := files.ReadDir(string(l))
		if err != nil {
			panic("i18n: " + err.Error()) // the files are in the binary
		}
		for _, e := range entries {
			data, _ := files.ReadFile(string(l) + "/" + e.Name())
			var tree map[string]any
			if err := toml.Unmarshal(data, &tree); err != nil {
				panic(fmt.Sprintf("i18n: %s/%s: %v", l, e.Name(), err))
			}
			flatten(all[l], strings.TrimSuffix(e.Name(), ".toml"), tree)
		}
	}
	return all
})

func flatten(into map[string]string, prefix string, tree map[string]any) {
	for k, v := range tree {
		switch v := v.(type) {
		case string:
			into[prefix+"."+k] = v
		case map[string]any:
			flatten(into, prefix+"."+k, v)
		}
	}
}

// Say gives the sentence of key in language l; args are name, value pairs that
// replace {name}. Durations, counts and shares are written as the language does.
func Say(l Lang, key string, args ...any) string {
	s, ok := catalogues()[l][key]
	if !ok {
		return key
	}
	for i := 0; i+1 < len(args); i += 2 {
		name, _ := args[i].(string)
		s = strings.ReplaceAll(s, "{"+name+"}", format(l, args[i+1]))
	}
	return s
}

// Both gives the sentence of key in both languages.
func Both(key string, args ...any) Text {
	return Text{JA: Say(JA, key, args...), EN: Say(EN, key, args...)}
}

// Share is a fraction of one that is written in percent.
type Share float64

func format(l Lang, v any) string {
	switch v := v.(type) {
	case time.Duration:
		return Duration(l, v)
	case Share:
		return strconv.FormatFloat(float64(v)*100, 'f', -1, 64)[:min(4, len(strconv.FormatFloat(float64(v)*100, 'f', -1, 64)))] + " %"
	case int:
		return Count(int64(v))
	case int64:
		return Count(v)
	case uint64:
		return Count(int64(v))
	case float64:
		return strconv.FormatFloat(v, 'g', 3, 64)
	case Text:
		return v.In(l)
	case time.Time:
		return v.UTC().Format("2006-01-02 15:04:05")
	}
	return fmt.Sprint(v)
}

// Count writes n with a comma between thousands.
func Count(n int64) string {
	s := strconv.FormatInt(n, 10)
	start := 0
	if n < 0 {
		start = 1
	}
	for i := len(s) - 3; i > start; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Duration writes d with the two largest units that matter: "4 h 12 min", "4時間12分".
func Duration(l Lang, d time.Duration) string {
	units := []struct {
		d      time.Duration
		en, ja string
	}{{24 * time.Hour, "d", "日"}, {time.Hour, "h", "時間"}, {time.Minute, "min", "分"}, {time.Second, "s", "秒"}, {time.Millisecond, "ms", "ミリ秒"}}
	if d < 0 {
		return "-" + Duration(l, -d)
	}
	var parts []string
	for i, u := range units {
		n := d / u.d
		if n == 0 && !(len(parts) == 0 && i == len(units)-1) {
			if len(parts) > 0 {
				break
			}
			continue
		}
		if l == JA {
			parts = append(parts, fmt.Sprintf("%d%s", n, u.ja))
		} else {
			parts = append(parts, fmt.Sprintf("%d %s", n, u.en))
		}
		d -= n * u.d
		if len(parts) == 2 {
			break
		}
	}
	if l == JA {
		return strings.Join(parts, "")
	}
	return strings.Join(parts, " ")
}
