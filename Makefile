# Everything that can be done here. `make help` lists it.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
NODE := $(BIN)/python -m scripts.node
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help setup demo test faults soak contracts coverage-contracts lint format up ipx bench lock clean

help: ## List every target
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## Install everything into this folder (a second run skips what is there)
	@$(PYTHON) scripts/setup.py

demo: setup ## Run a whole trading day on real parts (ARGS="--story", ARGS="--json FILE")
	@$(BIN)/ipx demo $(ARGS)

test: setup ## Run every test but the long fault tests (ARGS=--cov prints coverage)
	@$(BIN)/python -m pytest -m "not faults" --numprocesses=3 --dist=loadfile --no-loadscope-reorder $(ARGS)

faults: setup ## Run what takes long: whole venues, killed and cut, first hours typed, leaks and broken promises searched
	@$(BIN)/python -m pytest -m faults $(ARGS)

soak: setup ## Search the engine for broken promises, seed after seed (IPX_SOAK_SECONDS, IPX_SOAK_SEED)
	@$(BIN)/python -m tests.soak

contracts: setup ## Run the Solidity tests, then hold their gas against the snapshot
	@$(NODE) test $(ARGS)
	@$(NODE) test solidity contracts/test/Gas.t.sol --snapshot-check --tolerance 2

coverage-contracts: setup ## Fail unless every line and statement of the contracts is run
	@rm -rf coverage build/coverage && mkdir -p build/coverage
	@IPX_HARDHAT_BUILD=./build/coverage/hardhat $(NODE) test solidity --coverage --test-profile coverage \
		--grep-exclude 'invariant|gas_of|EIP170' > build/coverage/output.txt || { cat build/coverage/output.txt; exit 1; }
	@mv coverage build/coverage/report
	@awk -F'│' '$$1 ~ / contracts\/[A-Za-z]+\.sol/ {++files; print; if ($$2 + 0 < 100 || $$3 + 0 < 100) bad = 1} \
		END {exit bad || !files}' build/coverage/output.txt

lint: setup ## Check style, types and the arrows between the rooms
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: setup ## Format the code
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

up: setup ## Run the exchange until Ctrl-C
	@$(BIN)/ipx up $(ARGS)

ipx: setup ## Run any ipx command, e.g. make ipx ARGS="import FILE --dry-run --json"
	@$(BIN)/ipx $(ARGS)

bench: setup ## Run the benchmarks of book, engine, sequencer, front door, audit, indexer and recovery, each one JSON object
	@$(BIN)/ipx bench matching --json $(ARGS)
	@$(BIN)/ipx bench engine --json $(ARGS)
	@$(BIN)/ipx bench orders --json $(ARGS)
	@$(BIN)/ipx bench api --json $(ARGS)
	@$(BIN)/ipx bench audit --json $(ARGS)
	@$(BIN)/ipx bench recovery --json $(ARGS)

lock: setup ## Write the lock files anew after pyproject.toml or package.json has changed
	@$(BIN)/python -m scripts.lock

clean: ## Remove everything that set-up made and every run's data
	@rm -rf .venv node_modules build var *.egg-info
