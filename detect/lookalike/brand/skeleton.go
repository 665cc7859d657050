package brand

import "strings"

// likes are characters that look like a Latin letter or digit, by that letter: from
// Cyrillic, Greek, Armenian, Latin with marks, full width and kana. It is a compact
// table of our own of what registries let into names and people do not see.
var likes = map[rune]string{
	'a': "аɑαàáâãäåāăąǎạảấầẩẫậắằẳẵặａ",
	'b': "ьЬвƅɓḃḅḇｂ",
	'c': "сϲⅽçćĉċčƈｃ",
	'd': "ԁⅾďđḋḍḏɗｄ",
	'e': "еєҽéèêëēĕėęěẹẻẽếềểễệεｅ",
	'f': "ƒẝḟｆϝ",
	'g': "ɡցĝğġģǧǵｇ",
	'h': "һհḥḣḧĥħｈ",
	'i': "іɩıίιìíîïĩīĭįǐịỉіｉ",
	'j': "јϳĵǰｊ",
	'k': "кκķƙḱḳｋ",
	'l': "ӏⅼḷḻĺļľŀłｌІǀ",
	'm': "мⅿṁṃḿｍ",
	'n': "пոńņňñṅṇṉηｎ",
	'o': "оοօσөóòôõöøōŏőǒọỏốồổỗộơớờởỡợｏ〇○",
	'p': "рρṕṗƿｐ",
	'q': "ԛգｑ",
	'r': "гŕŗřṙṛṟｒ",
	's': "ѕṡṣśŝşšșｓ",
	't': "тţťŧțṫṭṯτｔ",
	'u': "υսùúûüũūŭůűųǔụủưứừửữựｕ",
	'v': "ѵνⅴṽṿｖ",
	'w': "ԝωшẁẃẅŵẇẉｗ",
	'x': "хχⅹẋẍ×ｘ",
	'y': "уγýÿŷỳỵỷỹүｙ",
	'z': "ᴢźżžẑẓẕʐｚ",
	'0': "０", '1': "１", '2': "２", '3': "３зЗ", '4': "４ч", '5': "５", '6': "６б", '7': "７", '8': "８", '9': "９",
	'-': "ー一－‐‑−―ｰ", '.': "。．｡",
}

// skeletons turns the table round.
var skeletons = func() map[rune]byte {
	m := map[rune]byte{}
	for to, from := range likes {
		for _, r := range from {
			m[r] = byte(to)
		}
	}
	return m
}()

// skeleton writes s in Latin letters as a reader would see it. ok is false when a
// character looks like none.
func skeleton(s string) (latin string, ok bool) {
	var b strings.Builder
	for _, r := range s {
		switch like, known := skeletons[r]; {
		case r < 0x80:
			b.WriteRune(r)
		case known:
			b.WriteByte(like)
		default:
			return "", false
		}
	}
	return b.String(), true
}

// sameLooks are what a hasty reader takes for one another, in small print.
var sameLooks = strings.NewReplacer("rn", "m", "vv", "w", "cl", "d", "0", "o", "1", "l", "i", "l", "5", "s", "3", "e", "4", "a", "8", "b", "6", "g", "9", "g", "7", "t", "2", "z", "q", "g")

// canon writes s so that words which look alike are written alike.
func canon(s string) string { return sameLooks.Replace(s) }

// letters marks which letters occur in s.
func letters(s string) (mask uint32) {
	for i := range len(s) {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z':
			mask |= 1 << (c - 'a')
		case '0' <= c && c <= '9':
			mask |= 1 << (26 + (c-'0')%5)
		}
	}
	return mask
}
