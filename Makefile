# The commands of the service: `make run`, `make test`, `make drill`. PORT and DATABASE_URL are taken from the environment.

SHELL := /bin/bash
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
export PIP_DISABLE_PIP_VERSION_CHECK = 1
export PIP_ROOT_USER_ACTION = ignore

# $(call install,FILE): bring .venv to FILE's pins. The copy that lies in .venv says what was installed there,
# so a pull with new pins, a lost interpreter or a cut-off installation is noticed, and nothing else costs time.
define install
	@if ! $(BIN)/python -c '' 2>/dev/null; then \
		echo "Making the virtual environment …"; \
		rm -rf .venv && $(PYTHON) -m venv .venv; \
	fi
	@if ! cmp -s $(1) .venv/$(1); then \
		echo "Installing $(1) …"; \
		$(BIN)/python -m pip install -qq --require-hashes --requirement $(1) && cp $(1) .venv/$(1); \
	fi
endef

.PHONY: run test drill fuzz lint messages sbom install install-dev

run: install
	@$(BIN)/python -m portal.demo_keys
	@exec $(BIN)/python manage.py serve --prepare

# $(call suite,OPTIONS): the whole suite. What fails runs once more, alone: two browsers on two busy cores are late
# now and then, and a change must not be sent back for that. Whatever fails again has failed.
define suite
	env -u DATABASE_URL $(BIN)/python -m pytest -n auto --maxprocesses 4 $(1); result=$$?; \
	if [ $$result = 1 ]; then \
		printf '\n── once more, alone: what failed\n'; \
		env -u DATABASE_URL $(BIN)/python -m pytest -n 0 --last-failed --last-failed-no-failures none $(1); result=$$?; \
	fi; \
	[ $$result = 0 ] || status=1
endef

# Both runs are made even when the first one fails.
test: install-dev
	@status=0; \
	$(call suite,); \
	$(call suite,-p tests.postgres); \
	exit $$status

# For a minute each on PostgreSQL and SQLite; DRILL holds its options: make drill DRILL="--seconds 20 --seed 7"
drill: install-dev
	@$(BIN)/python -m benchmarks.drill $(DRILL)

# The long form of tests/portal/test_fuzz.py; FUZZ_POSTS and FUZZ_SEED are taken from the environment.
fuzz: export FUZZ_POSTS ?= 10000
fuzz: install-dev
	@status=0; \
	env -u DATABASE_URL $(BIN)/python -m pytest -n auto tests/portal/test_fuzz.py || status=1; \
	env -u DATABASE_URL $(BIN)/python -m pytest -n auto -p tests.postgres tests/portal/test_fuzz.py || status=1; \
	exit $$status

lint: install-dev
	@.ci/lint

messages: install-dev
	@PORTAL_VAR=var/lint $(BIN)/python -m portal.demo_keys
	@PORTAL_VAR=var/lint $(BIN)/python .ci/translations.py --update

# After new pins: the licences and the bill of materials.
sbom: install-dev
	@$(BIN)/python .ci/sbom.py --update

install:
	$(call install,requirements.txt)

install-dev:
	$(call install,requirements-dev.txt)
	@cp requirements.txt .venv/requirements.txt
