# Everything runs in .venv of this checkout; every target can be repeated.
.DEFAULT_GOAL := help
.PHONY: help setup demo test lab lint bench browser
SHELL := /bin/bash

BIN := .venv/bin
READY := .venv/.ready
EXTRAS := synthesis,blazepose,mmpose,notebook,sweep,dev

# Packages whose metadata ask for more than they use (chumpy does not build, opencv comes twice):
# docs/mmpose.md.  What they do use is in the extra [mmpose].
WITHOUT_DEPENDENCIES := mmpose mmdet mmcv-lite mmengine mmpretrain

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-6s  %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY) ## install everything into .venv (about 4 GB)

$(READY): pyproject.toml constraints.txt Makefile
	@test -x $(BIN)/python || { \
	  for python in $(PYTHON) python3.11 python3 python3.12 python3.13; do \
	    if $$python -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; then \
	      $$python -m venv .venv && exit 0; \
	      echo "python must be able to make virtual environments, but '$$python -m venv' failed; install python3-venv" >&2; exit 3; \
	    fi; \
	  done; \
	  echo "python must be 3.11, 3.12 or 3.13, got $$(python3 --version 2>&1); install one, or name it: make setup PYTHON=/path/to/python3.11" >&2; exit 3; }
	@echo "1/3 a virtual environment in .venv"
	@$(BIN)/python -m pip install -q -c constraints.txt pip
	@echo "2/3 fitlab and the packages it rests on (about 4 GB, some minutes)"
	@$(BIN)/python -m pip install -q --no-warn-conflicts -c constraints.txt -e '.[$(EXTRAS)]'
	@echo "3/3 MMPose (docs/mmpose.md)"
	@$(BIN)/python -m pip install -q --no-deps -c constraints.txt $(WITHOUT_DEPENDENCIES)
	@touch $@

demo: $(READY) ## the whole chain on clips made on the spot: video to 3D report, then a short training run
	$(BIN)/fitlab demo

# FLOOR=85 fails below 85 % of lines; COVERAGE=0 measures none; ARGS=tests/metrics selects.
# Workers share the cores, so each computes with one thread.
COVERED := $(if $(filter 0,$(COVERAGE)),,--cov --cov-report=term:skip-covered $(if $(FLOOR),--cov-fail-under=$(FLOOR)))
test: $(READY) browser ## run the tests and report which lines they cover
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n auto --dist worksteal $(COVERED) $(ARGS)

lab: $(READY) ## open the notebooks in JupyterLab
	$(BIN)/jupyter lab notebooks

lint: $(READY) ## style, types, floors, stripped notebooks
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(if $(wildcard notebooks/*.ipynb),$(BIN)/nbstripout --verify $(wildcard notebooks/*.ipynb))

bench: $(READY) ## measure speed and accuracy, one table per file of tests/bench
	@for file in $(wildcard tests/bench/bench_*.py); do $(BIN)/python -m tests.bench.$$(basename $$file .py) || exit 1; done

# Browser tests drive Chromium; without it they are skipped with a reason.
browser:
	@command -v chromium chromium-browser google-chrome >/dev/null || { \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null; \
	  else false; fi; } || echo "browser tests need Chromium and will be skipped; install it with: sudo apt-get install chromium"
