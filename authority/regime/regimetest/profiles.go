// Package regimetest holds two profiles of an invented country, written by hand, for
// tests: a collection with the ordinary path alone, and a police measure with an urgent
// one. It is law nowhere and never reaches the product.
package regimetest

import (
	"github.com/noroshi-acd/noroshi/authority/regime"
)

// Collection permits the copying of communications that begin or end abroad; three of
// the five members of the commission decide.
const Collection = `{"articles":["17","18"],"conditions":["necessity","no-other-means"],"directions":["inbound","outbound","transit"],"effects":["forward","select"],"from":"2026-01-01T00:00:00Z","instrument":"lab/collection","kinds":["collection"],"locks":[{"k":3,"role":"member","standard":{"en":"the collection is necessary and nothing milder would do","ja":"取得が必要であり、ほかに方法がないこと"}}],"longest_s":15552000,"mode":"approval","named_people":false,"paths":{"ordinary":true},"purposes":["botnet","espionage"],"regime":"lab"}`

// Police permits access to a device and the four ways of neutralising a malicious
// program on it; a minister and then three members decide, or, without time, the chief
// of police, who tells the commission at once.
const Police = `{"articles":["6-2"],"conditions":["danger","no-other-means"],"directions":[],"effects":["confirm","delete","disarm","reboot","stop"],"from":"2026-01-01T00:00:00Z","instrument":"lab/police","kinds":["access","neutralise"],"locks":[{"k":1,"role":"minister","standard":{"en":"the danger is grave","ja":"重大な危険があること"}},{"k":3,"role":"member","standard":{"en":"the measure is lawful and proportionate","ja":"措置が適法で、必要な限度にとどまること"}}],"longest_s":1209600,"mode":"immediate","named_people":true,"paths":{"ordinary":true,"urgent":{"after":"prompt-notice","k":1,"on_refusal":"stop","role":"chief"}},"purposes":["botnet"],"regime":"lab"}`

// Profiles reads both. They are fresh copies and may be changed.
func Profiles() (collection, police *regime.Profile) {
	return read(Collection), read(Police)
}

func read(text string) *regime.Profile {
	p, err := regime.Parse([]byte(text))
	if err != nil {
		panic("regimetest: " + err.Error()) // written by hand above
	}
	return p
}
