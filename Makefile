# The same commands everywhere, CI included. Needs Python >= 3.11 and make (3.81 will do), nothing else.
# PYTHON=/path/to/python3.12 picks the interpreter; `make clean` before picking another.

SHELL := /bin/sh
BIN := .venv/bin
LOCKS := requirements.lock requirements-dev.lock
PYTHONS := python3 python3.14 python3.13 python3.12 python3.11

.PHONY: help demo test lint type format bench chaos soak alerts simulate mutants outages downtime inputs fuzz lock clean
.DEFAULT_GOAL := help

help:  ## these lines
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s%s\n", $$1, $$2 }' Makefile

demo: .venv/installed  ## a batch through the whole system, with faults; DEMO_PAYMENTS=2000
	@$(BIN)/cardinity demo --payments $${DEMO_PAYMENTS:-2000}

test: .venv/installed  ## the whole suite, against a real Valkey, in three processes per core
	@$(BIN)/python -m pytest -n auto

lint: .venv/installed  ## style
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

type: .venv/installed  ## mypy --strict
	@$(BIN)/mypy

format: .venv/installed  ## rewrite to the house style
	@$(BIN)/ruff check --fix-only .
	@$(BIN)/ruff format .

bench: .venv/installed  ## ours beside what is in use today; BENCH="--quick", BENCH=document writes docs/performance.md
	@$(BIN)/python -m tests.benchmarks $(BENCH)

chaos: .venv/installed  ## one run under faults drawn by SEED=1, with PAYMENTS=500
	@$(BIN)/python -m tests.campaign --shrink --seed $(or $(SEED),1) --payments $(or $(PAYMENTS),500)

soak: .venv/installed  ## for MINUTES=240 or RUNS, FROM=seed; its ledger adds up in INTO=build/soak.json
	@$(BIN)/python -m tests.campaign.soak $(if $(RUNS),--runs $(RUNS),--minutes $(or $(MINUTES),240)) \
	  $(if $(FROM),--seed $(FROM)) --payments $(or $(PAYMENTS),500) --into $(or $(INTO),build/soak.json)

alerts: .venv/installed  ## which alerts fire while FAULTS=name,name last, each or all of them; recorded anew in INTO=build/alerts
	@$(BIN)/python -m tests.alerts --record $(if $(FAULTS),--faults $(FAULTS)) --into $(or $(INTO),build/alerts)

simulate: .venv/installed  ## the protocol's code in SEEDS=1000000 interleavings
	@$(BIN)/python -m tests.simulation --seeds $(or $(SEEDS),1000000)

mutants: .venv/installed  ## every safety rule broken on purpose, and which test noticed
	@$(BIN)/python -m tests.rules

outages: .venv/installed  ## kills, power cuts, failovers, FLUSHALL and a full Redis by the hundred
	@$(BIN)/python -m tests.redis_faults

downtime: .venv/installed  ## a scheduler that stands still for HOURS=72, SUBSCRIPTIONS=10000; DATABASE=postgresql
	@$(BIN)/python -m tests.scenarios.outage --subscriptions $(or $(SUBSCRIPTIONS),10000) --hours $(or $(HOURS),72) \
	  --database $(or $(DATABASE),sqlite)

inputs: .venv/installed  ## every bad input at every door
	@$(BIN)/python -m tests.inputs

fuzz: .venv/installed  ## changed inputs at every parser; RUNS=1000000
	@$(BIN)/python -m tests.inputs.fuzz --runs $(or $(RUNS),1000000)

lock: .venv/installed  ## renew both lock files from pyproject.toml
	@extras="--extra demo --extra postgres --extra reports --extra otel"; \
	for lock in "requirements.lock" "requirements-dev.lock --extra dev -c requirements.lock"; do \
	  $(BIN)/pip-compile $$extras --quiet --upgrade --generate-hashes --strip-extras --allow-unsafe --no-header --no-emit-index-url \
	    --no-emit-find-links --no-emit-trusted-host pyproject.toml -o $$lock || exit; done

clean:  ## forget the environment and everything built
	@rm -rf .venv build *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache

# Two stamps: a change of pyproject.toml reinstalls the project in a second, a change of a lock rebuilds the environment.
# All that this prints goes to stderr: stdout belongs to the command.
.venv/installed: pyproject.toml .venv/locked
	@PYTHONWARNINGS=ignore $(BIN)/python -m pip install -qq --no-deps --no-build-isolation --editable . >&2
	@touch $@

.venv/locked: $(LOCKS)
	@set -e; exec >&2; \
	for python in $(or $(PYTHON),$(PYTHONS)); do \
	  "$$python" -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && break; python=; done; \
	if [ -z "$$python" ]; then \
	  echo "make: no usable Python among: $(or $(PYTHON),$(PYTHONS))"; \
	  echo "make: needs Python >= 3.11 with venv. Debian: apt install python3-venv. macOS: brew install python."; \
	  echo "make: then again, or name one: make PYTHON=/path/to/python3.12 $(MAKECMDGOALS)"; \
	  exit 1; fi; \
	echo "setting up .venv with $$("$$python" --version), once"; \
	"$$python" -m venv --clear .venv; \
	$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@
