# A commission for the scripts: five members, the Cabinet Office and the police who apply,
# four witnesses, a trust root that all have installed in t, the service's configuration in
# c.toml, and a line's file for each machine. The law of law/ is that of Japan, with the
# chapters on communications information as if they were in force. PORT1 to PORT9 are free.
set -e
cp office/*.toml .
sed -i 's/2027-11-22/2026-01-01/; s/^status = { value = "not-in-force"/status = { value = "in-force"/' law/regimes/jp-gg.toml
sed -i 's/2026-10-01T00/2026-01-01T00/' law/regimes/jp-pol.toml
key() { noroshi keys new "keys/$1" --person "person/$1" --body "$2" --role "$3" ${4:+--role $4} ${5:+--role $5} --plain >/dev/null 2>&1; }
key m1 commission chair member top
key m2 commission member top
for m in m3 m4 m5; do key $m commission member; done
key o1 commission monitor
key live commission liveness
key pm cabinet prime-minister top
key hub cabinet acquirer
key tap carrier tap
key chief police top
key x1 police executor
key agent police holder
key log-d commission log
key log-a cabinet log
key r1 cabinet recovery
key r2 commission recovery
noroshi init commission --body commission --machine commission/main --machine member/m1 --machine member/m2 --machine monitor/o1 --machine registrar/desk --host 127.0.0.1 >/dev/null
noroshi init cabinet --body cabinet --machine applicant/a1 --machine hub/h1 >/dev/null
noroshi init police --body police --machine applicant/p1 >/dev/null
noroshi commission profile profiles jp-gg jp-pol --law law >/dev/null
n=1
for w in w1 w2 w3 w4; do
	noroshi witness init $w --name $w.example >/dev/null
	eval port=\$PORT$n health=\$PORT$((n + 4))
	cat >$w.toml <<END
[witness]
name = "$w.example"
key = "$w/witness.key"
state = "$w/state"
listen = "127.0.0.1:$port"
health = "127.0.0.1:$health"
[trust]
folder = "t"
[clock]
vouched = true
END
	n=$((n + 1))
done
noroshi root new --draft root.toml --trust t >/dev/null
for k in m1 m2 pm; do
	noroshi root sign t/pending/root-000001.json --key keys/$k.key --yes --json 2>/dev/null >signed.json
done
sed -n 's/.*"digest": "\(sha256:[0-9a-f]*\)".*/\1/p' signed.json | head -1 >fingerprint
noroshi root accept t/pending/root-000001.json --trust t --root "$(cat fingerprint)" >/dev/null
mkdir -p t/authorities
for b in commission cabinet police; do cp $b/ca/authority.pem t/authorities/$b.pem; done
for w in w1 w2 w3 w4; do
	sed -i "s/^folder = .*/&\nfingerprint = \"$(cat fingerprint)\"/" $w.toml
done
cat >c.toml <<END
[commission]
machine = "commission/machines/commission-main"
trust = "t"
law = "law"
promise = "720h"
[store]
dsn = "sqlite:commission.db"
[ledger]
dir = "ld"
keys = "kd"
origin = "decisions.lab.example/log"
key = "keys/log-d.key"
witnesses = ["w1.example=http://127.0.0.1:$PORT1", "w2.example=http://127.0.0.1:$PORT2", "w3.example=http://127.0.0.1:$PORT3", "w4.example=http://127.0.0.1:$PORT4"]
[liveness]
dir = "standing"
key = "keys/live.key"
every = "1s"
[server]
listen = "127.0.0.1:$PORT9"
END
line() {
	cat >$1.toml <<END
[line]
url = "https://127.0.0.1:$PORT9"
peer = "noroshi://commission/commission/main"
identity = "$2"
trust = "t"
END
}
line m1 commission/machines/member-m1
line m2 commission/machines/member-m2
line desk commission/machines/registrar-desk
line monitor commission/machines/monitor-o1
line cabinet cabinet/machines/applicant-a1
line police police/machines/applicant-p1
urls="--witness w1.example=http://127.0.0.1:$PORT1 --witness w2.example=http://127.0.0.1:$PORT2 --witness w3.example=http://127.0.0.1:$PORT3 --witness w4.example=http://127.0.0.1:$PORT4"
noroshi ledger new a.toml --dir la --keys ka --origin acts.lab.example/log --key keys/log-a.key --role acquirer --trust t $urls >/dev/null
