package i18n

import "strings"

// Choose gives the language to speak: asked (a --lang flag, empty for none), else
// NOROSHI_LANG, else what LC_ALL, LC_MESSAGES and LANG say in that order, else
// English. An asked language or NOROSHI_LANG that the catalogue does not have
// gives ok false, with English; a locale that it does not have is English.
func Choose(asked string, getenv func(string) string) (l Lang, ok bool) {
	if asked == "" {
		asked = getenv("NOROSHI_LANG")
	}
	if asked != "" {
		return parse(asked)
	}
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if v := getenv(name); v != "" {
			l, _ = parse(v)
			return l, true
		}
	}
	return EN, true
}

// parse reads a language tag or a POSIX locale: ja, ja-JP, ja_JP.UTF-8.
func parse(s string) (Lang, bool) {
	language := strings.ToLower(s)
	if i := strings.IndexAny(language, "-_.@"); i >= 0 {
		language = language[:i]
	}
	switch language {
	case "ja", "jp":
		return JA, true
	case "en", "c", "posix":
		return EN, true
	}
	return EN, false
}
