package dnstunnel

import (
	"math"
	"strings"
	"sync"
)

// Classes of characters in the model of pairs: 26 letters and these.
const (
	classDigit = 26 + iota
	classSign
	classRaw
	classStart
	classes
)

func classOf(c byte) int {
	switch {
	case 'a' <= c && c <= 'z':
		return int(c - 'a')
	case 'A' <= c && c <= 'Z':
		return int(c - 'A')
	case '0' <= c && c <= '9':
		return classDigit
	case c == '-' || c == '_' || c == '+' || c == '/' || c == '=' || c == '*':
		return classSign
	}
	return classRaw
}

// pairs gives the surprise in bits of each class after each other, learnt once
// from the words below. A digit costs its ten values as well.
var pairs = sync.OnceValue(func() *[classes][classes]float32 {
	var count [classes][classes]float64
	for _, w := range strings.Fields(words) {
		prev := classStart
		for i := range len(w) {
			k := classOf(w[i])
			count[prev][k]++
			prev = k
		}
	}
	var m [classes][classes]float32
	for i := range classes {
		total := 0.0
		for j := range 26 {
			count[i][j] += 0.25
		}
		for j := range 26 {
			total += count[i][j]
		}
		// Numbers and signs are common in host names but rare in the words: a fixed
		// share of what follows anything.
		digit, sign := 0.12, 0.08
		if i == classDigit {
			digit, sign = 0.5, 0.1
		}
		for j := range 26 {
			m[i][j] = float32(-math.Log2(count[i][j] / total * (1 - digit - sign)))
		}
		m[i][classDigit] = float32(-math.Log2(digit) + math.Log2(10))
		m[i][classSign] = float32(-math.Log2(sign))
		m[i][classRaw], m[i][classStart] = 9, 9
	}
	return &m
})

// words are parts of host names as people choose them, and ordinary words of
// English and of romanised Japanese and other languages that host names are made
// of. They only teach which letters follow which.
const words = `
about academy accept access account action active activity address admin advert affiliate agency agent album
alert alpha amazon analytics android animal answer api apple application archive area argentina article asia asset
assets atlas auction audio auth authentication auto backend backup bank banner barcelona base beacon beauty
beta billing bitter blog board book bookmark box brand bridge broadcast browser bucket build business cache
calendar campaign canada captcha card career cart catalogue category cdn center central certificate challenge change
channel chart chat check children chinese city class classic click client clients cloud cluster code collect collector
color command comment commerce common community company computer config configuration connect connection console consumer
contact content control cookie corporate counter country coupon course create credit crypto culture customer
daily dashboard data database date deal default delivery demo design desktop develop developer device diagnostic
dictionary digital direct directory discover discovery discussion dispatch display distribution document documents domain
download downloads driver dynamic economy edge edit editor education electronic email embed employee endpoint energy
engine enterprise entertainment environment error event events exchange experience experiment explore express external
extension factory family farmer fashion feature feed feedback feeds field file files finance firewall first flash flight
flower folder follow fonts food football force forest form forum foundation framework france free frontend function
functional future gallery game games garden gateway general geo german gift global google government graph graphics
green group groups guest guide hardware health hello help history holiday home hospital host hosting hotel house
image images img import index industry info information infrastructure input insight install instance insurance
integration interactive interface internal international internet intranet inventory invite island item japan java
job jobs journal junior kernel keyboard king kitchen knowledge label labs landing language large latest launch law
layout leader learn learning legacy legal library license light like limited link list live loader local location
logger login logistics london lounge machine magazine mail mailer main manage management manager manual map maps
market marketing master match material media medical meeting member members memory menu merchant message messages messenger
meta metric metrics microsoft mirror mobile model modern module money monitor monitoring motion motor mountain movie
music mysql name national native natural network networks news newsletter night node north note notification notify
object ocean office official offline online open operation optimize option oracle orange order orders origin outlook
output overview owner package page pages panel paper parent park partner partners party password patch path
payment payments people performance personal phone photo photos picture pictures pixel place plan planet platform play player plugin
point policy politics poll pool pop popular portal post postal power premium presentation press preview price
primary print printer privacy private prod product production products professional profile program project promo
promotion property protect protocol provider proxy public publish publisher pulse purchase push quality queue query
question quick radio rank reader real realtime record recovery recruit redirect reference region register registry
relay release remote report reporting reports repository request research reservation reset resolver resource resources
response restaurant result retail review reward river robot root route router sales sample sandbox scheduler school
science score script search season secure security segment select seller senior sensor server servers service services
session setting settings setup share shield shop shopping signal signin simple site sitemap sites slow small smart social
society software solution solutions source south space special sport sports stage staging standard star start startup
stat static statistics stats status stock storage store stories story stream streaming street student studio style submit
subscribe success suggest summer support survey switch sync system tablet tag tags target task team tech technology
telecom telemetry template terminal test testing text theme thumb thumbnail ticket time tokyo tools top topic total
touch tour track tracker tracking trade traffic training transaction transfer translate transport travel trend trust
tunnel twitter union unique university update updates upgrade upload user users utility vacation validator value vault vector
vendor version video videos view viewer village virtual visit vision visitor voice vote wallet warehouse watch water
weather web webmail website webservice wedding weekly welcome west wholesale widget wiki wild windows winter wireless
women wordpress work worker workflow world www young zone
aichi akita chiba fukuoka hiroshima hokkaido ibaraki kagoshima kanagawa kobe kumamoto kyoto nagano nagasaki nagoya
niigata okinawa osaka saitama sapporo sendai shizuoka shinjuku tochigi yamagata yokohama yoyaku kaisha gakko daigaku
bunka jiken kenkyu shinbun hikari sakura fuji yama kawa tani mori hayashi tanaka suzuki sato takahashi watanabe ito
beijing shanghai guangzhou shenzhen hangzhou zhongguo xinwen youxi shipin tupian zhidao baike wenku tieba hezuo
noticias servicio servicios tienda correo educacion empresa nachrichten dienst kunden verwaltung actualites boutique
actualite entreprise recherche loja empresa escola noticia prodotti ricerca servizi`
