# Two commands matter on a fresh machine: `make run` and `make test`. Everything else is for those who build.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DATA ?= data

.DEFAULT_GOAL := help
.PHONY: help run test lint format bench lock docs clean soak

help: ## what there is
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

run: $(VENV)/.engine ## set up, start everything on this machine, play an invented election night
	$(BIN)/suara up --demo --data $(DATA)

test: $(VENV)/.dev ## set up, check style and types, run all tests
	$(MAKE) --no-print-directory lint
	$(BIN)/python -m pytest -n 2 --dist loadfile

lint: $(VENV)/.dev ## style, types, and the walls between the rooms
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

format: $(VENV)/.dev ## put every line where ruff wants it
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.dev ## measure, and write benchmarks/README.md as run
	$(BIN)/suara bench

soak: $(VENV)/.dev ## kill every process of a running night at random, 50 times; totals must not care
	$(BIN)/suara soak --kills 50

docs: $(VENV)/.dev ## write the generated pages again
	$(BIN)/suara rules > docs/rules.md.part && mv docs/rules.md.part docs/rules.md
	$(BIN)/suara policy show > docs/policies.md.part && mv docs/policies.md.part docs/policies.md

lock: ## resolve the pinned, hashed requirements again (needs uv)
	uv pip compile --universal --generate-hashes --python-version 3.11 -q --extra engine pyproject.toml \
		-o requirements.lock --custom-compile-command "make lock"
	uv pip compile --universal --generate-hashes --python-version 3.11 -q --extra engine --extra load --extra test \
		pyproject.toml -c requirements.lock -o requirements-dev.lock --custom-compile-command "make lock"

clean: ## remove what set-up made; data/ stays
	rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.engine: $(VENV)/bin/python requirements.lock pyproject.toml
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.engine requirements-dev.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@
