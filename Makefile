# What people and CI call. "make" alone lists it.

BIN      := bin/handsel
MODULE   := github.com/handsel-dev/handsel
MAX_MB   := 39
FUZZTIME := 10s

# What is built without the race detector is built with one set of flags, so that lint, build
# and the tests of processes share what is compiled. Nobody debugs what is built here: to write
# what a debugger needs is half the work of linking, and there are more than fifty tests to link.
export GOFLAGS := $(strip $(GOFLAGS) -trimpath -tags=nomsgpack -ldflags=-w)
lint build check-size bench-check: export CGO_ENABLED := 0

.DEFAULT_GOAL := help
.PHONY: help build check-size run demo demo-p2p test quick cover crash walk lint generate refusals release-openapi release-processes check-generated bench bench-check growth fuzz clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## the static binary bin/handsel
	go build -ldflags '-s -w' -o $(BIN) ./cmd/handsel

# What a linker has said is said again by every later link of the same program, so that which is asked
# what it keeps is compiled with a flag (-e) that changes nothing else.
check-size: build ## the binary is static and smaller than 39 MB, which leaves the rest of 40 to come; no function makes the linker keep every method
	@LC_ALL=C ldd $(BIN) 2>&1 | grep -q 'not a dynamic executable' || { echo "$(BIN) is not static" >&2; exit 1; }
	@size=$$(wc -c < $(BIN)); echo "$(BIN): $$size bytes"; \
	if [ $$size -ge $$(($(MAX_MB) * 1000 * 1000)) ]; then echo "$(BIN) is not smaller than $(MAX_MB) MB" >&2; exit 1; fi
	@rm -f $(BIN).linked; go build -gcflags=-e -ldflags '-s -w -dumpdep' -o $(BIN).linked ./cmd/handsel 2>&1 | \
	awk '/ -> .*<ReflectMethod>/ { print; found = 1 } END { exit found || NR < 1000 }' >&2 || { echo "a function looks methods up by names that the linker does not know, so it keeps every method of every type" >&2; exit 1; }; \
	rm -f $(BIN).linked

run: build ## engine, sandbox and sample data on this machine; their addresses and keys are in dev.env, too
	$(BIN) dev --env-file=dev.env --samples=on

demo: build ## one deal from payment to release, step by step
	$(BIN) demo

demo-p2p: build ## two traders: an order, a dispute and an expiry, step by step
	$(BIN) demo p2p

# SQLite and the C library under it are machine-made Go, millions of lines of C; watching
# them for races makes the tests several times slower and finds nothing of ours. Everything
# else is watched, SQLite's driver too. A package that calls sync.Map must not be added:
# the linker may take its unwatched copy of it for everybody, and then there are races where
# there are none. The rules of processes are unwatched, too, and their own tests run without
# the detector: they are pure, start nothing and keep nothing, and are explored for minutes where
# that takes seconds without. Nothing of ours uses unsafe pointers, so nobody checks how they are
# used.
PROCESS   := $(MODULE)/orchestrator/process
UNWATCHED := modernc.org/sqlite/lib modernc.org/libc/... modernc.org/memory $(PROCESS)/...
RACE      := -race -gcflags=all=-d=checkptr=0 $(foreach package,$(UNWATCHED),'-gcflags=$(package)=-race=false')

# Where money is counted, and where all parts are put together, a package's own tests run at
# least so many percent of its statements.
FLOORS  := money=95 fault=95 orchestrator/ledger=95 internal/app=85
COVERED := $(foreach floor,$(FLOORS),$(MODULE)/$(firstword $(subst =, ,$(floor))))

# CI takes its time: see internal/testkit/testsize.
test cover crash walk: export HANDSEL_TEST_SIZE := large

test: cover ## everything, with the race detector, on SQLite and PostgreSQL
	CGO_ENABLED=0 go test -timeout 20m $(PROCESS)/...
	go test $(RACE) -timeout 20m $$(go list ./... | grep -v '^$(PROCESS)' | grep -vxF $(foreach package,$(COVERED),-e $(package)))

quick: ## everything once, without the race detector, in smaller samples
	go test ./...

cover: ## the tests of those packages that have to be covered to a share, and their shares
	@out=$$(go test $(RACE) -timeout 20m -cover $(COVERED)) || { echo "$$out"; exit 1; }; echo "$$out"; \
	echo "$$out" | awk -v floors='$(FLOORS)' '{ share[$$2] = $$5 + 0 } END { \
		for (n = split(floors, f, /[ =]/); n > 0; n -= 2) if (share["$(MODULE)/" f[n-1]] < f[n]) { \
			print f[n-1] ": its tests run less than " f[n] "% of its statements"; low = 1 } \
		exit low }' >&2

crash: ## the whole crash matrix: fault points and restored backups x operations x gateways x databases
	HANDSEL_CRASH=all go test -count=1 -timeout 60m -run Crash_matrix -v ./orchestrator

walk: ## a million random steps over all processes, every planted mistake, a thousand payments with the next step at once, a long walk over the exchange
	HANDSEL_WALK_STEPS=1000000 HANDSEL_MUTANTS=1 go test -count=1 -timeout 60m -run 'Walk|M5' -v ./orchestrator/process
	HANDSEL_TRIES=1000 go test -count=1 -timeout 60m -run H2 -v ./internal/app
	HANDSEL_WALK_STEPS=20000 go test -count=1 -timeout 60m -run Walk -v ./exchange

lint: ## format, vet, staticcheck, import directions and bans
	@files=$$(gofmt -l .); if [ -n "$$files" ]; then echo "run gofmt -w on:" >&2; echo "$$files" >&2; exit 1; fi
	go vet ./...
	go tool staticcheck ./...
	go test -count=1 ./internal/archtest

generate: ## make Go of the pages and the pages of /docs, and rewrite docs/processes from the tables and what the gateways can, and docs/emulators.md from the emulators, docs/events.md from the rows of notices, docs/reasons.md from the list of reasons, docs/cli.md from the commands, and what the SDKs have from the description of the API
	go test -count=1 ./internal/archtest -run TestPages -update
	go test -count=1 ./orchestrator/process ./internal/app ./cmd/handsel -run 'TestDocument|TestEmulatorsDocument|TestEventsDocument|TestReasonsDocument|TestCommandLine_isDocumented' -update
	go run ./sdk/generate

refusals: ## rewrite server/vocabulary/refusals.txt: which codes the tests of server were answered, by route
	@set -e; dir=$$(mktemp -d); trap 'rm -rf "$$dir"' EXIT; \
	for package in $$(go list ./server/...); do folder=$$dir/$$(basename $$package); mkdir -p $$folder; HANDSEL_RECORD=$$folder go test -count=1 -parallel 1 $$package; done; \
	go test -count=1 ./server -run TestRefusals -recordings $$dir; \
	go test -count=1 ./server -run TestDescription -update

release-openapi: ## keep the description as that of a release; deliberate: later ones are compared with it
	cp server/openapi.yaml server/testdata/openapi-released.yaml

release-processes: ## note the processes as they are now as released; deliberate, see CONTRIBUTING.md
	go test -count=1 ./orchestrator/process -run TestReleased -release

check-generated: ## docs/processes, docs/emulators.md, docs/events.md, docs/reasons.md, docs/cli.md and the SDKs say what the tables, gateways, commands and routes say
	go test -count=1 ./sdk/generate
	go test -count=1 ./orchestrator/process ./internal/app ./cmd/handsel -run 'TestDocument|TestEmulatorsDocument|TestEventsDocument|TestReasonsDocument|TestCommandLine_isDocumented'

bench: ## Go benchmarks; "bin/handsel bench" measures a whole engine
	go test -run '^$$' -bench . -benchmem ./...

growth: build ## commits per second with 10,000 and with 1,000,000 transactions stored
	$(BIN) bench --growth=10000,1000000

bench-check: build ## a short measurement; ratios and sizes must not be far from their targets
	$(BIN) bench --check --time=300ms --rounds=1 --workers=64,256

fuzz: ## every fuzz target for FUZZTIME (10s)
	@set -e; packages=$$(go list ./...); \
	for package in $$packages; do \
		names=$$(go test -list '^Fuzz' $$package); \
		for name in $$(echo "$$names" | grep '^Fuzz' || true); do \
			echo "$$package $$name"; \
			go test -run '^$$' -fuzz "^$$name\$$" -fuzztime $(FUZZTIME) $$package; \
		done; \
	done

clean: ## remove what build made
	rm -rf bin
