package told

import (
	"encoding/hex"
	"strings"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// syllables are 64 sounds, of six bits each, that are told apart in Japanese and by those
// who read them as Latin letters; the two rows sound the same.
const (
	latin = "ka ki ku ke ko sa shi su se so ta chi tsu te to na ni nu ne no " +
		"ha hi fu he ho ma mi mu me mo ra ri ru re ro ga gi gu ge go " +
		"za ji zu ze zo da de do ba bi bu be bo pa pi pu pe po ya yu yo wa a i"
	kana = "カ キ ク ケ コ サ シ ス セ ソ タ チ ツ テ ト ナ ニ ヌ ネ ノ " +
		"ハ ヒ フ ヘ ホ マ ミ ム メ モ ラ リ ル レ ロ ガ ギ グ ゲ ゴ " +
		"ザ ジ ズ ゼ ゾ ダ デ ド バ ビ ブ ベ ボ パ ピ プ ペ ポ ヤ ユ ヨ ワ ア イ"
)

const (
	sounds = 44 // of a fingerprint: 43 of the digest and one that tells a slip of the tongue
	group  = 4
)

// Spoken writes a fingerprint in eleven groups of four syllables: in kana for Japanese,
// else in Latin letters. The last syllable is a check of the others.
func Spoken(d paper.Digest, l i18n.Lang) string {
	row, gap := strings.Fields(latin), "-"
	if l == i18n.JA {
		row, gap = strings.Fields(kana), ""
	}
	var groups []string
	for part := range chunks(sixes(d.Bytes())) {
		var b []string
		for _, six := range part {
			b = append(b, row[six])
		}
		groups = append(groups, strings.Join(b, gap))
	}
	return strings.Join(groups, " ")
}

// sixes cuts 256 bits into 43 pieces of six (the last with two bits of nothing) and adds
// the check.
func sixes(b [32]byte) []byte {
	out := make([]byte, 0, sounds)
	bits, n := 0, 0
	for _, x := range b {
		bits, n = bits<<8|int(x), n+8
		for n >= 6 {
			n -= 6
			out = append(out, byte(bits>>n&63))
		}
		bits &= 1<<n - 1
	}
	out = append(out, byte(bits<<(6-n)&63))
	return append(out, check(out))
}

// check is a sum in the field of 64 elements: it changes when one syllable is another,
// and when two neighbours change places.
func check(sixes []byte) byte {
	sum := 0
	for _, x := range sixes {
		// Multiplied behind the last piece too: so the check has a weight that no piece has,
		// and cannot change places with the last one.
		if sum = (sum ^ int(x)) << 1; sum > 63 {
			sum ^= 0x43 // x⁶ + x + 1
		}
	}
	return byte(sum)
}

func chunks(b []byte) func(yield func([]byte) bool) {
	return func(yield func([]byte) bool) {
		for ; len(b) > 0; b = b[min(group, len(b)):] {
			if !yield(b[:min(group, len(b))]) {
				return
			}
		}
	}
}

// Fingerprint reads a fingerprint as it was typed or heard: "sha256:" and 64 digits, the
// digits alone with or without blanks, or the syllables of either language. It says false
// when it is none, or when the check does not agree.
func Fingerprint(text string) (paper.Digest, bool) {
	text = strings.TrimSpace(text)
	digits := strings.ToLower(strings.Join(strings.Fields(strings.TrimPrefix(text, "sha256:")), ""))
	if b, err := hex.DecodeString(digits); err == nil && len(b) == 32 {
		return paper.Digest("sha256:" + digits), true
	}
	numbers := map[string]byte{}
	for i, s := range strings.Fields(latin) {
		numbers[s] = byte(i)
	}
	for i, s := range strings.Fields(kana) {
		numbers[s] = byte(i)
	}
	var heard []byte
	for _, word := range strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return strings.ContainsRune(" -.,・　\t\n", r) }) {
		parts := []string{word}
		if word[0] >= 0x80 {
			parts = strings.Split(word, "")
		}
		for _, p := range parts {
			six, ok := numbers[p]
			if !ok {
				return "", false
			}
			heard = append(heard, six)
		}
	}
	return fromSixes(heard)
}

func fromSixes(heard []byte) (paper.Digest, bool) {
	if len(heard) != sounds || check(heard[:sounds-1]) != heard[sounds-1] || heard[sounds-2]&3 != 0 {
		return "", false
	}
	var b []byte
	bits, n := 0, 0
	for _, x := range heard[:sounds-1] {
		bits, n = bits<<6|int(x), n+6
		if n >= 8 {
			n -= 8
			b = append(b, byte(bits>>n))
			bits &= 1<<n - 1
		}
	}
	return paper.Digest("sha256:" + hex.EncodeToString(b)), true
}
