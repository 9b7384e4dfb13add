# Everything a person types. `make setup` is called by the others and does nothing the second time.
# PYTHON=… chooses the interpreter, VENV=… the environment's folder, ARGS=… is added to pytest,
# WORKERS=… is how many processes share the tests, each with its own MariaDB, Redis and Chromium.

SHELL := /bin/sh
VENV ?= .venv
PY := $(VENV)/bin/python
WORKERS ?= 2
PYTEST := $(PY) -m pytest -n $(WORKERS) --dist worksteal
PIP := $(PY) -m pip install -qq --disable-pip-version-check --require-hashes
CODE := supportapp tests
SECONDS ?= 120
SEEDS ?= 1,2,3
PARTS ?= saturated steady idle growth page
DATABASES ?= mariadb sqlite
export PARTS DATABASES REFERENCE
.DEFAULT_GOAL := help

.PHONY: help setup run demo test quick check lint format types docs screenshots faults mutants bench phone
.PHONY: check-format check-lint check-types check-floors check-docs check-tests services

help:  ## this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1\t\2/p' $(MAKEFILE_LIST)

setup: $(VENV)/assets.stamp  ## the environment (.venv) and the browser's files (static/build)

run: setup  ## start the chat; a second start takes two seconds
	@exec $(PY) -m supportapp serve

demo: setup  ## add people and conversations to try it with, and print their passwords
	@$(PY) -m supportapp demo

test: $(VENV)/dev.stamp $(VENV)/assets.stamp services  ## every test; installs MariaDB, Redis and Chromium where it may
	@$(PYTEST) $(ARGS)

quick: $(VENV)/dev.stamp $(VENV)/assets.stamp  ## the inner loop, under a minute: what needs no services, processes or real clients; ARGS=tests/realtime for a room
	@$(PYTEST) -p tests.quick $(ARGS)

check: check-format check-lint check-types check-floors check-docs check-tests  ## everything that must hold before a commit
	@echo "== check: everything holds"

format: $(VENV)/dev.stamp  ## rewrite the code in the house's format
	@$(PY) -m ruff format $(CODE)
	@$(PY) -m ruff check --fix-only --quiet $(CODE)

lint: check-lint  ## ruff

types: check-types  ## mypy --strict

docs: check-docs  ## settings, commands, routes and events that are not documented

faults: $(VENV)/dev.stamp $(VENV)/assets.stamp services  ## the long fault tier, about two and a half hours; SECONDS=20 SEEDS=1 FAULTS="app_killed …" for less
	@$(PY) -m tests.faults --seconds $(SECONDS) --seeds $(SEEDS) $(FAULTS)

mutants: $(VENV)/dev.stamp $(VENV)/assets.stamp services  ## break each promise in a copy and see the tests fail, about twenty minutes
	@$(PY) -m tests.faults.mutants $(PROMISES)

bench: $(VENV)/dev.stamp $(VENV)/assets.stamp services  ## measure on private servers, ten minutes; PARTS="saturated …" DATABASES=sqlite REFERENCE="command" WRITE=1 SHORT=1
	@$(PY) -m tests.bench --parts "$$PARTS" --databases "$$DATABASES" --reference "$$REFERENCE" $(if $(WRITE),--write) $(if $(SHORT),--short)

phone: $(VENV)/dev.stamp $(VENV)/assets.stamp services  ## open the pages on Slow 3G and with a sixth of the CPU, two minutes, on a machine that does nothing else
	@$(PY) -m pytest -q tests/bench/phone.py

screenshots: $(VENV)/dev.stamp $(VENV)/assets.stamp services  ## draw the pictures of docs/ with Chromium
	@$(PY) docs/screenshots.py

check-format: $(VENV)/dev.stamp
	@echo "== format"
	@$(PY) -m ruff format --check --quiet $(CODE) || { echo "run: make format"; exit 1; }

check-lint: $(VENV)/dev.stamp
	@echo "== lint"
	@$(PY) -m ruff check $(CODE)

check-types: $(VENV)/dev.stamp
	@echo "== types"
	@$(PY) -m mypy --strict

check-floors: $(VENV)/dev.stamp
	@echo "== floors"
	@$(PY) -m pytest -q tests/test_floors.py

check-docs: $(VENV)/dev.stamp
	@echo "== docs"
	@$(PY) -m pytest -q tests/test_settings_documented.py $(wildcard tests/test_docs*.py)

check-tests: $(VENV)/dev.stamp $(VENV)/assets.stamp services
	@echo "== tests"
	@$(PYTEST) $(ARGS)

services:
	@bin/test_services

$(VENV)/pip.stamp: requirements.txt
	@bin/make_venv "$(VENV)" $(PYTHON)
	@echo "Installing the libraries into $(VENV) (once)…"
	@$(PIP) -r requirements.txt
	@touch $@

$(VENV)/assets.stamp: $(VENV)/pip.stamp static/package-lock.json $(wildcard static/js/*.js static/css/*.css static/img/* supportapp/translations/*/LC_MESSAGES/*.po)
	@command -v npm >/dev/null || { echo "No npm on this machine: taking it from PyPI…"; $(PIP) -r requirements-node.txt; }
	@$(PY) -m supportapp assets
	@touch $@

$(VENV)/dev.stamp: $(VENV)/pip.stamp requirements-dev.txt
	@echo "Installing the tools for tests into $(VENV) (once)…"
	@$(PIP) -r requirements-dev.txt
	@touch $@
