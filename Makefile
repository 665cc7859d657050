# What a person types. `make help` lists it; CI runs `make test` too.

GO       ?= go
FUZZTIME ?= 5s
SOAKTIME ?= 5m
BUILD    := bin/noroshi
WORK     := .work/run

export GO

.PHONY: help run build page test bench lint fuzz soak tools clean

help: ## list the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

run: build ## make a capture with a planted beacon, analyse it, explain the first finding
	@.ci/demo $(BUILD) $(WORK)

build: ## build bin/noroshi, static
	CGO_ENABLED=0 $(GO) build -trimpath -o $(BUILD) ./cmd/noroshi

page: ## make bin/noroshi-verify.html, the verifier for a browser, in one file
	@mkdir -p bin
	GOOS=js GOARCH=wasm CGO_ENABLED=0 $(GO) build -trimpath -ldflags '-s -w' -o bin/noroshi-verify.wasm ./cmd/noroshi-verify
	$(GO) run ./web/verify/assemble bin/noroshi-verify.wasm "$$($(GO) env GOROOT)/lib/wasm/wasm_exec.js" > bin/noroshi-verify.html

test: tools lint ## install what is needed, lint, all tests, each fuzz target for FUZZTIME
	NOROSHI_TAMPER=10000 $(GO) test -timeout 20m ./...
	@.ci/fuzz $(FUZZTIME)

lint: ## gofmt, vet, staticcheck, house rules, known vulnerabilities
	@.ci/lint

fuzz: ## each fuzz target for FUZZTIME (default 5s)
	@.ci/fuzz $(FUZZTIME)

soak: ## all tests three times under the race detector, each fuzz target for SOAKTIME (default 5m)
	NOROSHI_FORGERIES=5000 $(GO) test -timeout 60m -race -count=3 ./...
	NOROSHI_FORGERIES=1000000 $(GO) test -timeout 120m -run '^TestForgeries$$' -v ./authority/warrant
	NOROSHI_TAMPER=100000 $(GO) test -timeout 120m -run '^TestTamper$$' -v ./ledger/verify
	NOROSHI_REQUESTS=1000000 $(GO) test -timeout 120m -run '^Test(Evaluators|Closings)Agree$$' -v ./authority/regime/judge
	@.ci/fuzz $(SOAKTIME)

bench: ## figures beside those of others, with the machine described (BENCH="-quick", "-only day,dga -o DIR")
	$(GO) run ./bench $(BENCH)

tools: ## install the Debian packages that tests use, if any is missing
	@.ci/tools zstd chromium npm spin gcc pg_ctlcluster:postgresql softflowd pmacctd:pmacct
	@.ci/axe

clean: ## remove what the targets made
	rm -rf bin .work
