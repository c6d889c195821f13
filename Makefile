# Every target works on a fresh clone: what it needs is set up first, from the lock alone.

PYTHON3 ?= python3
VENV := .venv
PYTHON := $(VENV)/bin/python
STAMP := $(VENV)/.tongban-setup
CODE := certs directory hub node_agent tests
PYTEST_ARGS ?=
# Tests wait for programs more than they compute: more of them at once than a small machine has cores. 0: one after the other.
TESTS_AT_ONCE ?= 4
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help setup lock proto proto-check lint format types test check demo soak bench clean

help: ## list the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP) ## make .venv from requirements.lock (done once; again when the lock changes)

# uv does in seconds what pip does in a minute; both check every hash.
$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON3) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make setup PYTHON3=...")'
	@test -x $(PYTHON) || $(PYTHON3) -m venv $(VENV)
	@if command -v uv >/dev/null; then \
	  uv pip install --quiet --python $(PYTHON) --require-hashes -r requirements.lock && \
	  uv pip install --quiet --python $(PYTHON) --no-deps --no-build-isolation -e . ; \
	else \
	  $(PYTHON) -m pip install -qq --require-hashes -r requirements.lock && \
	  $(PYTHON) -m pip install -qq --no-deps --no-build-isolation -e . ; \
	fi
	@touch $@

lock: ## resolve pyproject.toml anew into requirements.lock (UPGRADE=1: to the newest versions)
	$(VENV)/bin/uv pip compile --quiet --universal --python-version 3.11 --extra dev --generate-hashes \
	  --no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock' \
	  $(if $(UPGRADE),--upgrade) --output-file requirements.lock pyproject.toml

# $(call generate,DIR): write what the .proto files mean into DIR.
# only_async: all our servers and channels are grpc.aio's.
define generate
	cd proto && PATH="$(CURDIR)/$(VENV)/bin:$$PATH" ../$(PYTHON) -m grpc_tools.protoc -I. \
	  --python_out=$(1) --pyi_out=$(1) --grpc_python_out=$(1) --mypy_grpc_out=quiet,only_async:$(1) \
	  $$(find tongban -name '*.proto' | LC_ALL=C sort)
endef

proto: $(STAMP) ## write the generated code beside the .proto files
	$(call generate,.)

# buf breaking compares with the newest release, as soon as there is one.
proto-check: $(STAMP) ## fail when the generated code is not what the .proto files mean
	$(VENV)/bin/buf lint
	@tag=$$(git tag --list 'v*' --sort=-version:refname 2>/dev/null | head -1); \
	  test -z "$$tag" || $(VENV)/bin/buf breaking --against ".git#tag=$$tag"
	@fresh=$$(mktemp -d) && trap 'rm -rf "$$fresh"' EXIT && \
	  ($(call generate,$$fresh)) && \
	  diff -r --exclude='*.proto' --exclude=__pycache__ "$$fresh/tongban" proto/tongban || \
	  { echo 'proto/ is not what the .proto files mean: run make proto'; exit 1; }

lint: $(STAMP) ## ruff, its formatter and the import contracts
	$(VENV)/bin/ruff check
	$(VENV)/bin/ruff format --check
	$(VENV)/bin/lint-imports --no-logo

format: $(STAMP) ## let ruff mend what it can
	$(VENV)/bin/ruff check --fix
	$(VENV)/bin/ruff format

types: $(STAMP) ## mypy --strict over code and tests
	$(VENV)/bin/mypy $(CODE)

test: $(STAMP) ## all tests (PYTEST_ARGS='-k name' for some)
	$(PYTHON) -m pytest --numprocesses $(TESTS_AT_ONCE) --dist loadfile --no-loadscope-reorder $(PYTEST_ARGS)

check: proto-check lint types test ## all that must be green

demo: $(STAMP) ## a small province with real cases (ONCE=1: end with a verdict; DATA=folder: other cases)
	@ONCE='$(ONCE)' DATA='$(DATA)' $(PYTHON) -m tests.province.demo

soak: $(STAMP) ## 500 random kills, in parts that resume
	@$(PYTHON) -m tests.e2e.soak

bench: $(STAMP) ## throughput, latency and memory beside bare streams (ONLY=name: one part)
	@ONLY='$(ONLY)' $(PYTHON) -m tests.bench

clean: ## remove what the targets made
	rm -rf .demo .soak .bench .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dist build
	find $(CODE) proto -name __pycache__ -type d -prune -exec rm -rf {} +
