# Every command of this project that a person or a build server types. `make` alone prints the list.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
LOCK := requirements/dev.lock
PLUGINS := $(patsubst %/pyproject.toml,%,$(wildcard plugins/*/pyproject.toml))
PIP := PIP_DISABLE_PIP_VERSION_CHECK=1 $(BIN)/python -m pip --quiet

.DEFAULT_GOAL := help
.PHONY: help setup demo test check proto diagrams bench mutants lock clean lint types imports fresh
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

help: ## print this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-9s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

setup: $(STAMP) ## make .venv with everything the project needs

demo: $(STAMP) ## plan, apply, fail, undo: the whole story in a few seconds
	@$(BIN)/python examples/demo/demo.py

test: check ## check, then run the tests (ARGS=... goes to pytest)
	@$(BIN)/python -m pytest -q $(ARGS)

check: lint types imports fresh ## lint, format, types, import directions, generated code

lint: $(STAMP)
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check .
	@echo "lint ok"

types: $(STAMP)
	@$(BIN)/mypy --no-error-summary
	@echo "types ok"

imports: $(STAMP)
	@out=$$($(BIN)/lint-imports --no-logo 2>&1) || { printf '%s\n' "$$out"; exit 1; }
	@echo "imports ok"

fresh: $(STAMP)
	@$(BIN)/python scripts/proto.py --check
	@$(BIN)/python scripts/diagrams.py --check
	@echo "generated code and diagrams ok"

proto: $(STAMP) ## write wfctl/protocol anew from proto/
	@$(BIN)/python scripts/proto.py

diagrams: $(STAMP) ## draw docs/diagrams anew from the transition tables
	@$(BIN)/python scripts/diagrams.py

bench: $(STAMP) ## measure (BENCH_ARGS=... goes to the benchmark)
	@$(BIN)/python bench/bench.py $(BENCH_ARGS)

mutants: $(STAMP) ## change the core in small ways and see which change no test notices (an hour; MUTANTS='wfctl.core.decide*' for some)
	@test -x build/mutmut/bin/mutmut || { $(PYTHON) -m venv build/mutmut && \
	  build/mutmut/bin/python -m pip --quiet --disable-pip-version-check install mutmut==3.8.1; }
	@mkdir -p build/mutants && git ls-files -z | tar c --null -T - | tar x -C build/mutants
	@cd build/mutants && HYPOTHESIS_PROFILE=mutants PYTHONPATH=$(CURDIR)/$(shell $(BIN)/python -c \
	  'import os, sysconfig; print(os.path.relpath(sysconfig.get_path("purelib")))' 2>/dev/null) \
	  nice ../mutmut/bin/mutmut run --max-children 1 $(MUTANTS)
	@echo "survivors: cd build/mutants && ../mutmut/bin/mutmut results; one of them: mutmut show NAME"

lock: ## write the lock anew after a change of pyproject.toml (LOCK_ARGS=--upgrade for newer versions)
	@$(PYTHON) -m venv build/lock
	@build/lock/bin/python -m pip --quiet --disable-pip-version-check install uv
	@build/lock/bin/uv pip compile --quiet pyproject.toml --group dev --all-extras --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-header $(LOCK_ARGS) -o $(LOCK) >/dev/null
	@rm -rf build/lock
	@echo "wrote $(LOCK)"

clean: ## remove .venv, caches and builds
	@rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(STAMP): $(LOCK) pyproject.toml $(PLUGINS:%=%/pyproject.toml)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "wfctl needs Python 3.11 or newer, and $(PYTHON) is not. Install one, or name it: make setup PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "$(PYTHON) has no venv or ensurepip. Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	@$(BIN)/python -c '' 2>/dev/null || { echo "making $(VENV)"; $(PYTHON) -m venv --clear $(VENV); }
	@echo "installing what $(LOCK) names"
	@$(PIP) install --require-hashes -r $(LOCK)
	@$(PIP) install --no-deps --no-build-isolation $(patsubst %,-e ./%,. $(PLUGINS))
	@touch $@
