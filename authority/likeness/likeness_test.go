package likeness_test

import (
	"fmt"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/noroshi-acd/noroshi/authority/likeness"
	"github.com/noroshi-acd/noroshi/authority/likeness/likenesstest"
)

var conditions = []string{"necessity", "proportionality", "alternatives"}

// library fills an index, if any, with n fresh applications, and gives the reasons of each.
func library(w *likenesstest.Writer, x *likeness.Index, n int) [][][]string {
	all := make([][][]string, n)
	for i := range n {
		d := likeness.Document{ID: fmt.Sprint("case-", i)}
		for _, c := range conditions {
			r := w.Reason(lang(i), 6)
			all[i] = append(all[i], r)
			d.Reasons = append(d.Reasons, likeness.Reason{Condition: c, Text: likenesstest.Text(lang(i), r)})
		}
		if x != nil {
			x.Add(d)
		}
	}
	return all
}

func lang(i int) string { return []string{"ja", "en"}[i%2] }

// Invariant 16: on a set of which it is known what repeats what, most repetitions are
// shown, with where they come from, and few warnings are false.
func TestInvariant16_RepetitionIsShown(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	w := likenesstest.New(seed)
	x := likeness.New(likeness.DefaultLimits())
	all := library(w, x, 1500)
	const tries = 150
	found, right, fresh := map[string]int{}, 0, 0
	for _, way := range append(likenesstest.Repetitions(), likenesstest.Fresh, likenesstest.Rewritten) {
		for i := range map[bool]int{true: tries, false: 6 * tries}[way != likenesstest.Fresh] { // as many that repeat as do not
			from := (i*7 + 3) % len(all)
			text := likenesstest.Text(lang(from), w.Repeat(way, lang(from), all[from][i%3]))
			list := x.Compare(likeness.Document{ID: "new", Reasons: []likeness.Reason{{Condition: "necessity", Text: text}}})
			if len(list) == 0 {
				continue
			}
			found[way]++
			if way == likenesstest.Fresh {
				fresh++
				continue
			}
			for _, l := range list {
				if l.Other.ID == fmt.Sprint("case-", from) && l.Other.Condition == conditions[i%3] && strings.Contains(text, l.Passage) && text[l.From:l.From+len(l.Passage)] == l.Passage {
					right++
					break
				}
			}
		}
	}
	sum := 0
	for _, way := range likenesstest.Repetitions() {
		sum += found[way]
	}
	recall := float64(right) / float64(tries*len(likenesstest.Repetitions()))
	precision := float64(sum) / float64(sum+fresh)
	t.Logf("recall %.3f, precision %.3f; found of %d each, of 6 times as many fresh: %v", recall, precision, tries, found)
	for _, way := range []string{likenesstest.Copied, likenesstest.Renumbered, likenesstest.Shuffled, likenesstest.Half, likenesstest.Inserted} {
		if found[way] < tries*95/100 {
			t.Errorf("%s: %d of %d are found", way, found[way], tries)
		}
	}
	if recall < 0.9 || precision < 0.95 {
		t.Errorf("recall %.3f, precision %.3f", recall, precision)
	}
}

// Within one application the reason that repeats another is named, whichever it is.
func TestInvariant16_WithinOneApplication(t *testing.T) {
	w := likenesstest.New(5)
	for i := range 20 {
		first := w.Reason(lang(i), 6)
		x := likeness.New(likeness.DefaultLimits())
		list := x.Compare(likeness.Document{ID: "a", Reasons: []likeness.Reason{
			{Condition: "necessity", Text: likenesstest.Text(lang(i), first)},
			{Condition: "proportionality", Text: likenesstest.Text(lang(i), w.Repeat(likenesstest.Half, lang(i), first))},
			{Condition: "alternatives", Text: ""},
		}})
		if len(list) != 1 || list[0].Condition != "proportionality" || list[0].Other != (likeness.Place{ID: "a", Condition: "necessity"}) || list[0].Share < 0.4 || list[0].Share > 0.9 {
			t.Errorf("%d: %+v", i, list)
		}
	}
}

// What is the same to a reader is the same.
func TestSpelling(t *testing.T) {
	const en = "The router at 192.0.2.17 has called one address every minute since March, as the institute confirmed in June."
	const ja = "本件の中継器（192.0.2.17）は、三月以降６０秒ごとに同一の相手方へ接続していることが確認された。"
	const other = "Payments of the regional bank would lie still for days if nobody acted before the holidays begin."
	for name, c := range map[string]struct {
		one, two string
		alike    bool
	}{
		"capitals and blanks":  {en, strings.ToUpper(strings.ReplaceAll(en, " ", "\n\t ")), true},
		"numbers":              {en, strings.ReplaceAll(en, "192.0.2.17", "203.0.113.250"), true},
		"punctuation":          {en, strings.NewReplacer(",", ";", ".", "!").Replace(en), true},
		"width":                {ja, strings.NewReplacer("６０", "60", "（", "(", "）", ")", "、", ",", "。", "").Replace(ja), true},
		"decomposed":           {"ガギグゲゴの装置がパピプペポの回線を経由して接続している事実が判明した", "ガギグゲゴの装置がパピプペポの回線を経由して接続している事実が判明した", true},
		"another":              {en, other, false},
		"empty":                {"", "", false},
		"punctuation alone":    {"…!?", "…!?", false},
		"hostile bytes":        {"\xff\xfe" + en, en + "\x00", true},
		"the same short words": {"same", "same", false},
	} {
		x := likeness.New(likeness.DefaultLimits())
		x.Add(likeness.Document{ID: "old", Reasons: []likeness.Reason{{Condition: "c", Text: c.one}}})
		list := x.Compare(likeness.Document{ID: "new", Reasons: []likeness.Reason{{Condition: "c", Text: c.two}}})
		if (len(list) == 1) != c.alike {
			t.Errorf("%s: %+v, want it alike: %v", name, list, c.alike)
		}
		for _, l := range list {
			if l.Times != 1 || c.two[l.From:l.From+len(l.Passage)] != l.Passage {
				t.Errorf("%s: %+v", name, l)
			}
		}
	}
}

// The wording of an article, handed over once, is nobody's copying; and an application's
// own earlier version is not either.
func TestWhatDoesNotCount(t *testing.T) {
	w := likenesstest.New(9)
	article := likenesstest.Text("ja", w.Reason("ja", 8))
	x := likeness.New(likeness.DefaultLimits(), article)
	for i := range 10 {
		x.Add(likeness.Document{ID: fmt.Sprint(i), Reasons: []likeness.Reason{{Condition: "c", Text: article + fmt.Sprint(i)}}})
	}
	if list := x.Compare(likeness.Document{ID: "new", Reasons: []likeness.Reason{{Condition: "c", Text: article}}}); len(list) > 0 {
		t.Errorf("an article is %+v", list)
	}
	text := likenesstest.Text("en", w.Reason("en", 6))
	x.Add(likeness.Document{ID: "mine", Reasons: []likeness.Reason{{Condition: "c", Text: text}}})
	if list := x.Compare(likeness.Document{ID: "mine", Reasons: []likeness.Reason{{Condition: "c", Text: text}}}); len(list) > 0 {
		t.Errorf("the same application is %+v", list)
	}
	if list := x.Compare(likeness.Document{ID: "other", Reasons: []likeness.Reason{{Condition: "c", Text: text}}}); len(list) != 1 || list[0].Share != 1 {
		t.Errorf("another is %+v", list)
	}
}

// The index finds what comparing with every text would find, for passages that are long
// enough to lead to a text.
func TestIndexAgainstAll(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		letter := rapid.SampledFrom([]string{"a", "b", "c", "あ", "い", "1", " ", "。"})
		word := func(name string, least, most int) string {
			return strings.Join(rapid.SliceOfN(letter, least, most).Draw(rt, name), "")
		}
		passage := word("passage", 60, 90)
		limits := likeness.Limits{Share: 0, Passage: 30}
		x := likeness.New(limits)
		n := rapid.IntRange(1, mostTexts).Draw(rt, "texts")
		at := rapid.IntRange(0, n-1).Draw(rt, "at")
		var alone []*likeness.Index
		for i := range n {
			text := word("text", 0, 80)
			if i == at {
				text = word("before", 0, 40) + passage + word("after", 0, 40)
			}
			d := likeness.Document{ID: fmt.Sprint(i), Reasons: []likeness.Reason{{Condition: "c", Text: text}}}
			x.Add(d)
			one := likeness.New(limits)
			one.Add(d)
			alone = append(alone, one)
		}
		asked := likeness.Document{ID: "new", Reasons: []likeness.Reason{{Condition: "c", Text: word("head", 0, 40) + passage + word("tail", 0, 40)}}}
		want := map[string]float64{}
		for _, one := range alone {
			for _, l := range one.Compare(asked) {
				want[l.Other.ID] = l.Share
			}
		}
		got := map[string]float64{}
		for _, l := range x.Compare(asked) {
			got[l.Other.ID] = l.Share
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			rt.Fatalf("the index finds %v, one by one %v", got, want)
		}
		if _, ok := got[fmt.Sprint(at)]; !ok && oracle(passage) >= 60 {
			rt.Fatalf("the passage %q in text %d is not found: %v", passage, at, got)
		}
	})
}

// mostTexts is no more than are compared whole.
const mostTexts = 6

// oracle is the weight of a text, counted as the rule says.
func oracle(s string) int {
	n, number := 0, false
	for _, r := range s {
		is := r >= '0' && r <= '9'
		switch {
		case is && !number, r >= 'a' && r <= 'z':
			n++
		case r > 0x3040 && r < 0x30ff:
			n += 2
		}
		number = is || number && (r == ' ' || r == '。')
	}
	return n
}

// Texts made to be slow are not.
func TestHostileTexts(t *testing.T) {
	x := likeness.New(likeness.DefaultLimits())
	texts := []string{strings.Repeat("あ", 400_000), strings.Repeat("ab", 400_000), strings.Repeat("\u0301", 400_000), "e" + strings.Repeat("\u0301", 100_000), strings.Repeat("1", 400_000), strings.Repeat("1a", 400_000), strings.Repeat("ﷺ", 100_000)}
	began := cpu()
	for i, text := range texts {
		d := likeness.Document{ID: fmt.Sprint(i), Reasons: []likeness.Reason{{Condition: "a", Text: text}, {Condition: "b", Text: text}}}
		x.Compare(d)
		x.Add(d)
		x.Compare(likeness.Document{ID: "other", Reasons: d.Reasons})
	}
	if took := cpu() - began; took > 10*time.Second {
		t.Errorf("%s of the processor", took)
	}
}

// cpu is the time that this process has taken of the processor.
func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// An application of three reasons is compared with five thousand others within 5 ms of
// the processor.
func TestSpeed(t *testing.T) {
	w := likenesstest.New(21)
	x := likeness.New(likeness.DefaultLimits())
	var before, after runtime.MemStats
	all := library(w, nil, 5000)
	runtime.GC()
	runtime.ReadMemStats(&before)
	for i, reasons := range all {
		d := likeness.Document{ID: fmt.Sprint("case-", i)}
		for j, r := range reasons {
			d.Reasons = append(d.Reasons, likeness.Reason{Condition: conditions[j], Text: likenesstest.Text(lang(i), r)})
		}
		x.Add(d)
	}
	const n = 200
	runtime.GC()
	runtime.ReadMemStats(&after)
	began, warned := cpu(), 0
	for i := range n {
		d := likeness.Document{ID: "new"}
		for j, c := range conditions {
			way := []string{likenesstest.Fresh, likenesstest.Edited, likenesstest.Half}[(i+j)%3]
			d.Reasons = append(d.Reasons, likeness.Reason{Condition: c, Text: likenesstest.Text(lang(i), w.Repeat(way, lang(i), all[i][j]))})
		}
		warned += len(x.Compare(d))
	}
	took := (cpu() - began) / n
	t.Logf("%s of the processor an application, %d reasons kept in %d bytes each, %d warnings", took, x.Len(), (after.HeapAlloc-before.HeapAlloc)/uint64(x.Len()), warned)
	if took > 5*time.Millisecond {
		t.Errorf("%s of the processor an application, may be 5 ms", took)
	}
}

func FuzzCompare(f *testing.F) {
	f.Add("0", "A") // nothing in common, and limits of nothing
	f.Add("the same words as before, and some more to make it long", "the same words as before, and others that are also long")
	f.Add("同じ理由を繰り返しているかどうかを確かめるための文章", "同じ理由を繰り返しているかどうかを確かめるための別の文")
	f.Fuzz(func(t *testing.T, a, b string) {
		x := likeness.New(likeness.Limits{})
		x.Add(likeness.Document{ID: "old", Reasons: []likeness.Reason{{Condition: "c", Text: a}}})
		for _, l := range x.Compare(likeness.Document{ID: "new", Reasons: []likeness.Reason{{Condition: "c", Text: b}, {Condition: "d", Text: a}}}) {
			if l.Share < 0 || l.Share > 1 {
				t.Fatalf("%+v", l)
			}
		}
	})
}
