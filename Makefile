# demo: one bundled episode, from text to master.  up: the web UI.  quick: what to run while you work.
# check: every test and lint, as CI does.  bench: the promises of docs/promises.md.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
EPISODE ?= nexus-e01

TESTS := tower_anime_assets_tests

.PHONY: demo quick lint check up bench lock format clean-env

demo: $(VENV)/.installed
	$(BIN)/tower produce $(EPISODE)

lint: $(VENV)/.installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# Tests that start no server, browser or renderer; under a minute on two cores.
quick: lint
	$(BIN)/pytest -q -n 2 -m 'not slow' $(TESTS)/architecture $(TESTS)/production $(TESTS)/quality $(TESTS)/workflows $(TESTS)/cli/test_help.py

check: lint
	$(BIN)/pytest -n 2 --dist loadfile

up: $(VENV)/.installed
	$(BIN)/tower up

bench: $(VENV)/.installed-dev
	$(BIN)/python -m benchmarks

format: $(VENV)/.installed-dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# --no-deps: the lock is complete, and tinysoundfont's declared pyaudio (unused here) needs a system library.
$(VENV)/.installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(0 if v >= (3, 11) else f"Python 3.11 or newer is needed, this is {v[0]}.{v[1]}; set PYTHON=/path/to/python3.11")'
	@test -x $(BIN)/python || { echo "Making the environment in $(VENV) ..."; $(PYTHON) -m venv $(VENV); }
	@echo "Installing the locked packages (about a minute) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed requirements-dev.lock
	@echo "Installing the tools of make check ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-dev.lock
	@touch $@

lock:
	$(PYTHON) -m venv $(VENV)-lock && $(VENV)-lock/bin/pip install --quiet uv
	$(VENV)-lock/bin/python scripts/lock.py $(VENV)-lock/bin/uv
	rm -rf $(VENV)-lock
