package noroshi_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// long are words from abroad that our Japanese writes with the long sign at the end: of
// two spellings that are both right, the pages have one.
var long = strings.Fields("フォルダ ブラウザ メモリ サーバ ユーザ コンピュータ ルータ フィルタ パラメータ プロバイダ ヘッダ ベンダ カレンダ プリンタ センサ モニタ リゾルバ ドライバ エディタ カウンタ ポインタ アダプタ")

// short are words that it writes without.
var short = strings.Fields("ライブラリー ディレクトリー カテゴリー レジストリー")

// other are words beside the one that a thing has, wherever they stand.
var other = map[string]string{"信頼の起点": "信頼の基点", "信頼の根": "信頼の基点", "不承認決定": "不承認", "聴聞会": "意見の聴取"}

var lengthened = regexp.MustCompile("(^|[^ァ-ヺー])(" + strings.Join(long, "|") + ")([^ァ-ヺー]|$)")

// japaneseFaults gives the spellings of a Japanese text that are not the pages' own.
// Lines are joined first: a word may go over the end of a line.
func japaneseFaults(place, text string) []string {
	joined := regexp.MustCompile(`([ぁ-ヺー一-龠])\n *([ぁ-ヺー一-龠])`).ReplaceAllString(text, "$1$2")
	var found []string
	for _, m := range lengthened.FindAllStringSubmatch(joined, -1) {
		found = append(found, fmt.Sprintf("%s: %sー, not %s", place, m[2], m[2]))
	}
	for _, s := range short {
		if strings.Contains(joined, s) {
			found = append(found, fmt.Sprintf("%s: %s, not %s", place, strings.TrimSuffix(s, "ー"), s))
		}
	}
	for _, s := range sortedKeys(other) {
		if strings.Contains(joined, s) {
			found = append(found, fmt.Sprintf("%s: %s, not %s", place, other[s], s))
		}
	}
	return found
}

func sortedKeys(m map[string]string) []string {
	var list []string
	for k := range m {
		list = append(list, k)
	}
	slices.Sort(list)
	return list
}

// japaneseTexts lists the files that hold Japanese for readers.
func japaneseTexts(t *testing.T) []string {
	t.Helper()
	var list []string
	for _, dir := range []string{"internal/i18n/ja", "content", "docs", "share"} {
		err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() && slices.Contains([]string{".toml", ".md", ".html"}, filepath.Ext(p)) {
				list = append(list, p)
			}
			return err
		})
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
	}
	return append(list, "README.ja.md")
}

// TestJapaneseIsSpeltOneWay: フォルダー is not フォルダ on the next page, and the root of
// trust has one name.
func TestJapaneseIsSpeltOneWay(t *testing.T) {
	list := japaneseTexts(t)
	if len(list) < 100 {
		t.Fatalf("%d files", len(list))
	}
	for _, name := range list {
		report(t, japaneseFaults(name, read(t, name)))
	}
}

func TestJapaneseIsSpeltOneWayBites(t *testing.T) {
	got := japaneseFaults("x", "フォルダと、サーバー、メモリ。信頼の\n起点。ライブラリー、フォルダーとメモリーカード、サーバレス")
	want := []string{"x: フォルダー, not フォルダ", "x: メモリー, not メモリ", "x: ライブラリ, not ライブラリー", "x: 信頼の基点, not 信頼の起点"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
}
