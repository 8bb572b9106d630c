# Two commands: `make serve` sets up, builds, validates and serves; `make test` sets up and runs every test.
# Needs Python 3.11 or newer and make; everything else is installed into .venv.

PYTHON ?= python3
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help setup scripts build serve test lock clean

help: ## Say what there is
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST)

$(VENV)/.installed: requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; set PYTHON=..."; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

setup: $(VENV)/.installed ## Make the virtual environment

scripts: setup ## Bundle the scripts of the pages, where they have changed
	$(BIN)/python hatch_build.py

build: scripts ## Build and validate the dataset
	$(BIN)/allegiance build

serve: build ## Build, validate and serve on 127.0.0.1:8000 (PORT=… for another)
	$(BIN)/allegiance serve --port $(PORT)

test: scripts ## Run every test
	$(BIN)/python -m pytest -q -n 2 --dist loadfile

lock: setup ## Pin the dependencies anew, with hashes
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate --no-emit-index-url pyproject.toml -o requirements/run.txt
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate --no-emit-index-url --extra dev pyproject.toml -o requirements/dev.txt

clean: ## Remove what was made
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache
