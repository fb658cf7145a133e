# Sets itself up: only Python 3.11+ and make are needed.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
DATA   ?= $(HABITUE_DATA)
N      ?= 2

.DEFAULT_GOAL := help
.PHONY: help demo test lint bench docs pins clean

help:  ## say what can be done here
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## */\t/' | expand -t 10

demo: $(VENV)/.demo  ## make a simulated shop, run everything on it, say where the report lies
	@$(BIN)/habitue demo

test: $(VENV)/.test  ## run the tests, the docstring examples and the README
	$(BIN)/python -m pytest -n $(N) -q

lint: $(VENV)/.test  ## style, types, import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.test  ## make bench NAME=quality DATA=folder: one row per measurement
	$(BIN)/python -m bench $(NAME) --data "$(DATA)"

docs: $(VENV)/.test  ## print the pages that come from the code: features, findings
	$(BIN)/python -m habitue.pages

pins: $(VENV)/.uv  ## write requirements/*.txt anew from pyproject.toml
	@for f in demo test; do \
	  case $$f in demo) w="--group build";; test) w="--all-extras --group build --group test --group lint";; esac; \
	  $(BIN)/uv pip compile -q pyproject.toml $$w --universal --python-version 3.11 --generate-hashes \
	    --no-header --no-annotate --no-emit-index-url --no-emit-find-links -o requirements/$$f.txt --upgrade; done

clean:  ## take the environment and the demo away
	rm -rf $(VENV) .venvs demo

$(VENV)/.uv: requirements/uv.txt
	$(PYTHON) -c 'import sys; sys.exit("Habitue needs Python 3.11 or newer" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q --require-hashes -r requirements/uv.txt
	@touch $@

$(VENV)/.demo: $(VENV)/.uv requirements/demo.txt pyproject.toml
	@test -e $(VENV)/.test || $(BIN)/uv pip install -q --python $(BIN)/python --require-hashes -r requirements/demo.txt
	@$(BIN)/uv pip install -q --python $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.test: $(VENV)/.uv requirements/test.txt pyproject.toml
	@$(BIN)/uv pip install -q --python $(BIN)/python --require-hashes -r requirements/test.txt
	@$(BIN)/uv pip install -q --python $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $@
