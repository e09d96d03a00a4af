# `make` alone prints this help. Everything is installed into .venv and deploy/contracts/node_modules.
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
SOURCES := $(wildcard deploy/contracts/src/*.sol deploy/contracts/src/*/*.sol) deploy/contracts/build.mjs

.PHONY: help setup demo test lint lock clean

help: ## print this help
	@grep -hE '^[a-z][a-z-]*:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 24

setup: .make/debian .make/venv .make/contracts ## install everything that demo and test need

demo: setup ## the main job on a local chain: index, settle, publish, claim, compare balances
	$(BIN)/python -m deploy.demo demo

test: setup lint ## the whole test suite
	$(BIN)/python -m pytest

lint: setup ## style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

lock: .make/venv ## write requirements.lock anew from pyproject.toml
	$(BIN)/pip install --quiet uv
	$(BIN)/uv pip compile --quiet --no-header --no-emit-index-url --no-annotate --extra dev pyproject.toml -o requirements.lock

clean: ## remove what make made
	rm -rf .make .venv demo deploy/contracts/node_modules deploy/contracts/out

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

.make/contracts: deploy/contracts/package-lock.json $(SOURCES)
	@mkdir -p .make
	npm --prefix deploy/contracts ci --no-audit --no-fund
	npm --prefix deploy/contracts run build
	@touch $@
