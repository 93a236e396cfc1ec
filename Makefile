# demo: one bundled episode, from text to master.  up: the web UI.  quick: what to run while you work.
# panel: the Director panel, built.  panel-check: its types, lint and tests.
# check: every test and lint, as CI does.  chaos: the attacks among them, one a line.  bench: docs/promises.md.
# sbom, notice, audit-dependencies, try-wheel: what is shipped and what it is made of; see SECURITY.md.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
EPISODE ?= nexus-e01

TESTS := tower_anime_assets_tests

PANEL := tower_anime_assets/web/panel_dist/index.html
PANEL_PACKAGES := panel/node_modules/.package-lock.json
PANEL_SOURCES := $(shell find panel -type f -not -path 'panel/node_modules/*' -not -path 'panel/tests/*')
NPM := PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/npm --prefix panel

.PHONY: demo panel panel-check quick lint check chaos up bench lock format sbom notice audit-dependencies try-wheel clean-env

demo: $(VENV)/.installed
	$(BIN)/tower produce $(EPISODE)

lint: $(VENV)/.installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

panel: $(PANEL)

panel-check: $(PANEL)
	$(NPM) run --silent check

# Vite empties the folder first and writes index.html last, so it stands for the whole build.
$(PANEL): $(PANEL_PACKAGES) $(PANEL_SOURCES)
	@echo "Building the Director panel ..."
	@$(NPM) run --silent build -- --logLevel warn
	@touch $@

# Exactly what package-lock.json names, each compared with its hash; no package runs a script of its own.
$(PANEL_PACKAGES): panel/package.json panel/package-lock.json panel/.npmrc $(VENV)/.installed-panel
	@echo "Installing the packages of the Director panel ..."
	@$(NPM) ci --loglevel error
	@touch $@

# Node.js and npm, from PyPI.
$(VENV)/.installed-panel: $(VENV)/.installed requirements-panel.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-panel.lock
	@touch $@

# Tests that start no server, browser or renderer; under a minute on two cores.
quick: lint
	$(BIN)/pytest -q -n 2 -m 'not slow' $(TESTS)/architecture $(TESTS)/production $(TESTS)/quality $(TESTS)/workflows $(TESTS)/cli/test_help.py

# Tests start hundreds of processes, which would each compile the package again without its bytecode.
check: export PYTHONDONTWRITEBYTECODE :=
# In the order of conftest.py: by default, files of few tests come last, and those take the longest.
check: lint panel-check
	$(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder || \
	  { [ $$? -eq 1 ] && echo "Once more, alone, what failed in company:" && $(BIN)/pytest -v --last-failed --last-failed-no-failures none; }

# Every attack on machine, services and files, with its outcome. `make check` runs them too.
chaos: $(VENV)/.installed-dev
	$(BIN)/pytest -m chaos -v

up: $(VENV)/.installed $(PANEL)
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

# The CycloneDX bill of materials of what requirements.lock installs.
sbom: $(VENV)/.installed
	$(BIN)/python scripts/sbom.py dist/sbom.cdx.json

# The licences in NOTICE, after requirements.lock has changed.
notice: $(VENV)/.installed
	$(BIN)/python scripts/notice.py

# Known vulnerabilities of the locked packages, where the advisories can be reached.
audit-dependencies:
	@test -x $(VENV)-audit/bin/pip-audit || { $(PYTHON) -m venv $(VENV)-audit && $(VENV)-audit/bin/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-audit.lock; }
	@$(VENV)-audit/bin/python scripts/audit_dependencies.py $(VENV)-audit/bin/pip-audit

# The wheel in an environment of its own, as pipx would install it: it makes an episode away from this checkout.
try-wheel: $(VENV)/.installed
	$(BIN)/python scripts/try_wheel.py

lock:
	$(PYTHON) -m venv $(VENV)-lock && $(VENV)-lock/bin/pip install --quiet uv
	$(VENV)-lock/bin/python scripts/lock.py $(VENV)-lock/bin/uv
	rm -rf $(VENV)-lock
