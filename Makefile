# One door: `make run` and `make test` do everything on a machine that has Python 3.11+ and make.

SHELL = /bin/sh
VENV = .venv
PY = $(VENV)/bin/python
FIND_PYTHON = for p in "$(PYTHON)" python3 python3.14 python3.13 python3.12 python3.11 python; do \
	[ -n "$$p" ] && "$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$$p"; break; }; done

ifdef PORT
export FEEDSVC_PORT = $(PORT)
endif

.PHONY: help run postgresql test proof check bench lock catalogue pictures clean

help: ## show this list
	@sed -n 's/^\([a-z]*\):.*## /  make \1	/p' Makefile

run: $(VENV)/run ## start the newsroom on http://127.0.0.1:8000 (another port: PORT=8001 make run)
	@$(PY) -m feedsvc init --sample && exec $(PY) -m feedsvc serve

postgresql: $(VENV)/run ## install what a database on PostgreSQL needs
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r deploy/postgresql.txt
	@echo "Now set FEEDSVC_DATABASE_URL=postgresql://user@host/database"

test: $(VENV)/test ## run all tests
	@$(PY) -m pytest -n 2 --dist loadgroup $(TESTS)

proof: $(VENV)/test ## let ten thousand newsrooms live, and see that aggregators miss nothing of them (fewer: EXAMPLES=500)
	@PROOF_EXAMPLES=$${EXAMPLES:-10000} PROOF_STEPS=25 $(PY) -m pytest -s tests/journeys/test_nothing_missed.py

check: $(VENV)/test ## lint, format, types, architecture
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy
	@$(PY) -m pytest -q tests/test_architecture.py

bench: bench/.venv/installed ## measure the service beside others; writes bench/RESULTS.md (a quick try: ROUNDS=1 SECONDS=1 SIZES=1000)
	@bench/.venv/bin/python -m bench

bench/.venv/installed: requirements.txt bench/requirements.txt
	@python=$$($(FIND_PYTHON)); [ -n "$$python" ] || { echo "The bench needs Python 3.11 or newer." >&2; exit 1; }; \
	echo "Installing what feedsvc is measured beside ..."; \
	"$$python" -m venv --clear bench/.venv
	@bench/.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt \
		-r bench/requirements.txt
	@touch $@

lock: $(VENV)/test ## write the locked requirements anew from pyproject.toml
	@$(PY) -m uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-header -q -o requirements.txt
	@$(PY) -m uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes --no-header -q \
		-o tests/requirements.txt
	@$(PY) -m uv pip compile pyproject.toml --extra postgresql --universal --python-version 3.11 --generate-hashes --no-header -q \
		-o deploy/postgresql.txt
	@$(PY) -m uv pip compile bench/requirements.in --universal --python-version 3.11 --generate-hashes --no-header -q \
		-o bench/requirements.txt

catalogue: $(VENV)/test ## write the texts that people read into the catalogues of all languages, feedsvc/translations/*.po
	@$(PY) -m babel.messages.frontend -q extract -F pyproject.toml --no-location --sort-output -o .texts.pot feedsvc
	@for po in feedsvc/translations/*.po; do \
		$(PY) -m babel.messages.frontend -q update -i .texts.pot -o "$$po" -l "$$(basename "$$po" .po)" \
			--no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date --omit-header || exit 1; done
	@rm -f .texts.pot

pictures: $(VENV)/test ## take the pictures of docs/newsdesk.md anew
	@mkdir -p docs/pictures && $(PY) -m pytest -q tests/web/test_newsdesk_walk_in_a_browser.py -k scripts --pictures docs/pictures

clean: ## remove the virtual environment and caches; the instance stays
	@rm -rf $(VENV) bench/.venv .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/made:
	@python=$$($(FIND_PYTHON)); \
	[ -n "$$python" ] || { echo "feedsvc needs Python 3.11 or newer. Install it, or say where it is: PYTHON=/path/to/python3 make run" >&2; exit 1; }; \
	"$$python" -c 'import venv, ensurepip' 2>/dev/null || { \
		echo "Python's venv module is missing. Install it (on Debian and Ubuntu: sudo apt install python3-venv) and try again." >&2; exit 1; }; \
	echo "Making the virtual environment ..."; \
	"$$python" -m venv --clear $(VENV) && touch $@

$(VENV)/run: $(VENV)/made requirements.txt
	@echo "Installing the requirements ..."
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

$(VENV)/test: $(VENV)/made tests/requirements.txt
	@echo "Installing the requirements of the tests ..."
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r tests/requirements.txt
	@touch $@ $(VENV)/run
