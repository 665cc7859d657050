# An invented country for the scripts: keys, four witnesses, two bodies, a trust root that
# its owners have installed in t, two ledgers that wait for their witnesses. PORT1 to PORT8
# are free ports.
set -e
cp country/*.toml country/*.json .
key() { noroshi keys new "keys/$1" --person "person/$1" --body "$2" --role "$3" ${4:+--role $4} --plain >/dev/null 2>&1; }
for m in m1 m2 m3 m4; do key $m commission member top; done
key live commission liveness
key a1 agency top
key a2 agency top
key hub agency acquirer
key edge agency acquirer
key tap carrier tap
key log-d commission log
key log-a agency log
key r1 agency recovery
key r2 commission recovery
noroshi init agency --body agency >/dev/null
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
for k in m1 m2 a1; do
	noroshi root sign t/pending/root-000001.json --key keys/$k.key --yes --json 2>/dev/null >signed.json
done
sed -n 's/.*"digest": "\(sha256:[0-9a-f]*\)".*/\1/p' signed.json | head -1 >fingerprint
noroshi root accept t/pending/root-000001.json --trust t --root "$(cat fingerprint)" >/dev/null
for w in w1 w2 w3 w4; do
	sed -i "s/^folder = .*/&\nfingerprint = \"$(cat fingerprint)\"/" $w.toml
done
urls="--witness w1.example=http://127.0.0.1:$PORT1 --witness w2.example=http://127.0.0.1:$PORT2 --witness w3.example=http://127.0.0.1:$PORT3 --witness w4.example=http://127.0.0.1:$PORT4"
noroshi ledger new d.toml --dir ld --keys kd --origin decisions.lab.example/log --key keys/log-d.key --role member --trust t $urls
noroshi ledger new a.toml --dir la --keys ka --origin acts.lab.example/log --key keys/log-a.key --role acquirer --trust t $urls
