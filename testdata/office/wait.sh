# Waits until the commission's service answers and knows the time.
n=0
until noroshi commission state --line m1.toml >state.txt 2>&1 && ! grep -q PROBLEM state.txt; do
	n=$((n + 1))
	if [ $n -gt 300 ]; then
		cat state.txt
		exit 1
	fi
	sleep 0.2
done
