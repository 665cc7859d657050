package infrastructure

import (
	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// Tier is a node's part in an attack.
type Tier string

// The tiers, from those who command to those who suffer.
const (
	C2     Tier = "c2"     // commands; of several levels of servers the uppermost that was seen
	Relay  Tier = "relay"  // passes on what a C2 says: bots turn to it, and it turns to few
	Bot    Tier = "bot"    // turns to relays or to a C2 and obeys
	Victim Tier = "victim" // what bots attack
)

// Tiers lists the tiers from above to below.
func Tiers() []Tier { return []Tier{C2, Relay, Bot, Victim} }

// Text names t in both languages.
func (t Tier) Text() i18n.Text { return i18n.Both("infrastructure.tier." + string(t)) }

// Grey is a node's place in the grey zone between attacker and innocent.
type Grey string

// The classes of the grey zone. Each is a guess from traffic alone.
const (
	Clear              Grey = ""                    // not in the grey zone
	AbusedService      Grey = "abused-service"      // an ordinary service of many that attackers use too
	FraudulentContract Grey = "fraudulent-contract" // a server rented for this, as nobody else uses it
	Negligent          Grey = "negligent"           // a network that houses several such servers
	ResidentialProxy   Grey = "residential-proxy"   // a machine of others through which traffic is passed
	Unknown            Grey = "unknown"             // a server of which no more can be said
)

// Greys lists the classes of the grey zone.
func Greys() []Grey {
	return []Grey{AbusedService, FraudulentContract, Negligent, ResidentialProxy, Unknown}
}

// Text names g in both languages; empty for [Clear].
func (g Grey) Text() i18n.Text {
	if g == Clear {
		return i18n.Text{}
	}
	return i18n.Both("infrastructure.grey." + string(g))
}

// FirstStep says what one does first about a node: the usual step of its class of
// the grey zone, else that of its tier.
func FirstStep(t Tier, g Grey) i18n.Text {
	if g != Clear {
		return i18n.Both("infrastructure.step." + string(g))
	}
	return i18n.Both("infrastructure.first." + string(t))
}

// Graph is the infrastructure that was found. The zero value is an empty one.
type Graph struct {
	Nodes []Node // by tier from above to below, in a tier the surest first
	Edges []Edge // by their nodes' places
	Left  int    // nodes left out for want of room ([Config].Nodes)
}

// Node is a machine of the infrastructure.
type Node struct {
	ID         string    // the address; the name where only a name is known. Text of others: escape it
	Label      string    // for people: the name, if one is known, else the ID. Text of others: escape it
	Addr       flow.Addr // zero when only a name is known
	Name       string    // the name by which most turned to it, empty when unknown
	Tier       Tier
	Also       []Tier // further parts that it plays
	Grey       Grey
	Seed       bool    // one of those that the graph was grown from
	Confidence float64 // 0..1 that it belongs here in this tier
	Reasons    []i18n.Text
	FirstStep  i18n.Text
}

// Edge says that one node turned to another.
type Edge struct {
	From, To    int   // places in [Graph].Nodes; From began the exchanges
	Count       int64 // exchanges
	Bytes       int64 // octets, both ways
	First, Last int64 // ns since 1970-01-01 UTC
}

// Count gives the number of nodes of tier t.
func (g *Graph) Count(t Tier) int {
	n := 0
	for i := range g.Nodes {
		if g.Nodes[i].Tier == t {
			n++
		}
	}
	return n
}
