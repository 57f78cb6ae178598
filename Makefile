# The house's commands. `make` alone lists them.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --disable-pip-version-check
# In the order of tests/conftest.py: by default xdist keeps for the end what has few tests, and
# those take longest.
PYTEST := $(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder

.PHONY: help run test test-fast faults dashboards ui check bench soak fuzz lock clean

help: ## List these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# --- set-up --------------------------------------------------------------------------------

# The newest Python is not the right one: the DuckDB, Dagster and dbt pins meet in 3.11.
$(BIN)/python:
	@for candidate in python3.11 python3 python; do \
	  if "$$candidate" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null; then \
	    python=$$candidate; break; \
	  fi; \
	done; \
	if [ -z "$${python:-}" ]; then \
	  echo "Finhouse needs Python 3.11; found: $$(python3 --version 2>/dev/null || echo none)." >&2; \
	  echo "Install it (Debian 12: apt-get install python3 python3-venv), then run make again." >&2; \
	  exit 1; \
	fi; \
	echo "Creating $(VENV) with $$("$$python" --version)"; \
	"$$python" -m venv --clear $(VENV) || { \
	  echo "Python has no venv module. Debian: apt-get install python3-venv. Then run make again." >&2; \
	  rm -rf $(VENV); exit 1; }

# $(1): a lock. uv installs in seconds what takes pip minutes. Where it finds no packages, because
# only pip's own configuration says where they are, pip does it.
define install
	@echo "Installing $$(grep -c '^[a-z0-9].*==' $(1)) packages from $(1), each checked by its hash"
	@$(PIP) --quiet --require-hashes -r <(sed -n '/^uv==/,/[^\\]$$/p' $(1))
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r $(1) || \
	  { echo "Installing them by pip instead, which takes some minutes"; $(PIP) --quiet --require-hashes -r $(1); }
	@$(PIP) --quiet --no-deps --no-build-isolation --editable .
	@touch $@
endef

$(VENV)/.installed: $(BIN)/python requirements.lock pyproject.toml
	$(call install,requirements.lock)

$(VENV)/.installed-dev: $(BIN)/python requirements-dev.lock pyproject.toml
	$(call install,requirements-dev.lock)
	@touch $(VENV)/.installed

# --- commands ------------------------------------------------------------------------------

# Also in a data folder that has members by now.
run: export FINHOUSE_OPERATOR := 1
run: $(VENV)/.installed ## Make a sample company, load its bills, show what it spent
	@echo; echo "1/6 The sample company's bills, as AWS, Azure and Google Cloud first write them"
	@$(BIN)/finhouse sample --stage first
	@echo; echo "2/6 Loading them"
	@$(BIN)/finhouse refresh
	@echo; echo "3/6 The same months, as the clouds restate them"
	@$(BIN)/finhouse sample --stage restated
	@echo; echo "4/6 Loading what changed"
	@$(BIN)/finhouse refresh
	@echo; echo "5/6 What each organization spent"
	@$(BIN)/finhouse costs
	@echo; echo "6/6 The newest month of one of them, as a workbook"
	@month=$$($(BIN)/finhouse sql --csv "select max(billing_period) from fct_monthly_costs" | tail -n 1); \
	$(BIN)/finhouse extract run monthly-costs --company "한빛상사 Hanbit Trading" \
	  --organization Platform --period "$${month%$$'\r'}"
	@$(BIN)/python -c "$$NEXT"

define NEXT
from pipelines.settings import settings
layout = settings().layout
print(f"""
Made here
  {layout.sample}  the bills, as each cloud lays them out
  {layout.lake_data}  charges and marts, as Parquet
  {layout.registry}  companies, organizations, connections, accounts

Try next
  .venv/bin/finhouse costs --by account,month
  .venv/bin/finhouse sql "select * from fct_restatements limit 10"
  .venv/bin/finhouse extract run monthly-costs --organization unassigned --period YYYY-MM --format csv
  .venv/bin/finhouse status
  make ui
""")
endef
export NEXT

test: $(VENV)/.installed-dev ## Run all tests
	@$(PYTEST)

test-fast: $(VENV)/.installed-dev ## Run the tests that take seconds
	@$(PYTEST) -m "not slow"

faults: $(VENV)/.installed-dev ## Run the tests of faults and write docs/faults.md from them
	@$(PYTEST) -m fault --fault-table=docs/faults.md

dashboards: export FINHOUSE_OPERATOR := 1
dashboards: $(VENV)/.installed ## Open dashboards of the company on 127.0.0.1:2718
	@$(BIN)/finhouse dashboards

ui: $(VENV)/.installed ## Open Dagster on 127.0.0.1:3000
	@$(BIN)/finhouse ui

check: $(VENV)/.installed-dev ## Run every gate: shape, types, borders, SQL, YAML, spelling
	@$(MAKE) --keep-going --jobs 2 --output-sync=target $(GATE_NAMES)

bench: $(VENV)/.installed-dev ## Measure the main job on 10 M rows
	@$(BIN)/python -m tests.benchmarks

soak: $(VENV)/.installed-dev ## Random deliveries and kills, then every total against the raw files
	@$(BIN)/python -m tests.soak

# Each door for so many seconds; what breaks one stays in the folder.
FUZZ_SECONDS := 60
fuzz: $(VENV)/.installed-dev ## Feed every parser with hostile input, FUZZ_SECONDS=60 each
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --group fuzz
	@$(BIN)/python -m tests.fuzz $(FUZZ_SECONDS) $(VENV)/fuzz

lock: $(VENV)/.installed-dev ## Resolve pyproject.toml into the two lock files again
	@compile="$(BIN)/uv pip compile -q pyproject.toml --python-version 3.11 --generate-hashes \
	  --no-strip-extras --no-emit-index-url --custom-compile-command 'make lock'"; \
	eval "$$compile --group dev -o requirements-dev.lock"; \
	eval "$$compile --group build -c requirements-dev.lock -o requirements.lock"

clean: ## Remove the virtual environment and the tools' caches; your data stays
	@rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis *.egg-info

# --- gates ---------------------------------------------------------------------------------

# Each is a target, so that one can be run alone and all are told when several are closed.
GATE_NAMES := gate-format gate-ruff gate-mypy gate-imports gate-yaml gate-spelling \
  gate-sqlfmt gate-models gate-sql gate-dagster
.PHONY: $(GATE_NAMES)

# Each gate has a data folder of its own: an empty house, for the tools that compile the models.
GATES := $(abspath $(VENV))/gates
gate-%: export FINHOUSE_DATA_DIR = $(GATES)/$@
gate-%: export COLUMNS := 160
# sqlfluff's dbt takes deprecations for errors, which dbt itself does not.
gate-sql: export DBT_WARN_ERROR_OPTIONS := {"error": []}
IN_EMPTY_HOUSE := env $$(python -m tests.house.empty_house)

# $(1): commands. Silent while the gate is open.
define gate
	@start=$$SECONDS; log=$$(mktemp); \
	if (cd $(CURDIR) && PATH="$(abspath $(BIN)):$$PATH" && $(1)) > "$$log" 2>&1; \
	then printf '%-14s open    %3d s\n' $@ $$((SECONDS - start)); rm "$$log"; \
	else printf '%-14s CLOSED\n' $@; cat "$$log"; rm "$$log"; exit 1; fi
endef

gate-format: ; $(call gate,ruff format --check --diff .)
gate-ruff: ; $(call gate,ruff check .)
gate-mypy: ; $(call gate,mypy)
gate-imports: ; $(call gate,lint-imports --no-logo)
gate-yaml: ; $(call gate,yamllint --strict .)
gate-spelling: ; $(call gate,codespell)
gate-sqlfmt: ; $(call gate,sqlfmt --check dbt_project)
gate-models: ; $(call gate,$(IN_EMPTY_HOUSE) dbt --quiet parse --project-dir dbt_project && dbt-bouncer run --show-all-failures)
gate-sql: ; $(call gate,$(IN_EMPTY_HOUSE) sqlfluff lint --disable-progress-bar dbt_project/models dbt_project/tests)
gate-dagster: ; $(call gate,dagster definitions validate -w workspace.yaml)
