# Every command prepares .venv/ first; once it is ready that costs nothing.
.DEFAULT_GOAL := help
.PHONY: help demo test proof faults bench lint clean lock ready-run ready-test
MAKEFLAGS += --no-print-directory

SERVE ?= 1
DEMO ?= demo-book
PORT ?= 0
ONLY ?=
RESULTS ?= build/results
BIN := .venv/bin

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /  make \1|/p' $(MAKEFILE_LIST) | column -t -s '|' 2>/dev/null \
	  || sed -n 's/^\([a-z]*\):.*## /  make \1  /p' $(MAKEFILE_LIST)

demo: ready-run ## build the demo book, print its findings, serve it (SERVE=0 stops before; PORT=8080)
	@$(BIN)/orebook demo $(DEMO) $(if $(filter 0,$(SERVE)),--no-serve,--serve --port $(PORT))

test: ready-test ## lint, types, arrows and every quick test; installs Chromium where it may
	@$(BIN)/python tools/system.py
	@mkdir -p $(RESULTS)
	@status=0; \
	$(MAKE) lint || status=1; \
	$(BIN)/pytest -n 2 -m "not proof" --junitxml=$(RESULTS)/test.xml $(ARGS) || status=1; \
	exit $$status

proof: ready-test ## what takes longer: faults, foreign checkers, statistics at full counts
	@$(BIN)/python tools/system.py --foreign
	@mkdir -p $(RESULTS)
	@OREBOOK_FULL=1 $(BIN)/pytest -n 2 -m "proof or counted or hypothesis" --junitxml=$(RESULTS)/proof.xml $(ARGS)

faults: ready-test ## fail or kill at every system call of an append, flip every tile; audit judges
	@$(BIN)/python tools/system.py
	@OREBOOK_FULL=1 $(BIN)/pytest -n 2 tests/fault tests/book/test_faults.py $(ARGS)

bench: ready-test ## a table of figures, kept in bench/out/ (ONLY=NAME runs one)
	@$(BIN)/python bench/run.py $(if $(ONLY),ONLY=$(ONLY))

lint: ready-test ## ruff, mypy --strict, the arrows between rooms
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy --strict
	@$(BIN)/lint-imports --no-logo

lock: ready-test ## write requirements/*.txt anew (UPGRADE=1 takes newer releases)
	@sh tools/lock.sh

clean: ## remove the environment, caches, results and the demo book
	rm -rf .venv build dist demo-book .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find src tests bench tools -name __pycache__ -type d -prune -exec rm -rf {} +

ready-run:
	@sh tools/bootstrap.sh run

ready-test:
	@sh tools/bootstrap.sh test
