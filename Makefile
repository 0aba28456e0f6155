# Every target does its own set-up, in .venv and from the locks.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
BIN := .venv/bin
SOURCES := config worker sandbox tests
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
OURSELVES := $(PIP) install --no-deps --no-build-isolation --editable .
COMPILE := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	--no-annotate pyproject.toml locks/build.in --extra embedded

.PHONY: run test test-slow test-all bench lint clean lock

run: .venv/ready-to-run
	@exec $(BIN)/escalation run $(if $(FLAVOUR),--flavour $(FLAVOUR)) $(if $(SANDBOX_PORT),--sandbox-port $(SANDBOX_PORT))

test: .venv/ready-to-test
	@$(BIN)/pytest -m "not slow" -n 4 --dist worksteal

test-slow: .venv/ready-to-test
	@$(BIN)/pytest -m slow -n 2 --dist worksteal

test-all: test test-slow

bench: .venv/ready-to-test
	@$(BIN)/python -m tests.bench

lint: .venv/ready-to-test
	@$(BIN)/ruff check $(SOURCES)
	@$(BIN)/ruff format --check $(SOURCES)
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo --no-cache

clean:
	rm -rf .venv .state .pytest_cache .mypy_cache .ruff_cache .hypothesis *.egg-info

lock:
	$(COMPILE) --output-file locks/run.txt
	$(COMPILE) --extra test --output-file locks/test.txt

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed, and none was found: install it, or name it with PYTHON=…" >&2; exit 1; }
	@$(PYTHON) -m venv .venv || { echo "$(PYTHON) cannot make a virtual environment: install its venv module (on Debian: python3-venv)" >&2; \
		rm -rf .venv; exit 1; }

.venv/ready-to-run: .venv/bin/python locks/run.txt pyproject.toml
	@echo "setting up (once)…" >&2
	@$(PIP) install --require-hashes -r locks/run.txt
	@$(OURSELVES)
	@touch $@

.venv/ready-to-test: .venv/bin/python locks/test.txt pyproject.toml
	@echo "setting up for tests (once)…" >&2
	@$(PIP) install --require-hashes -r locks/test.txt
	@$(OURSELVES)
	@touch $@
