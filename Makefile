# Everything installs what it needs by itself (deploy/bootstrap.py; under a second when nothing is missing).
PYTHON ?= python3
BIN := .venv/bin
# Where it is set, every start would compile our own modules anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run test test-delivery test-partners test-search fuzz check bench bench-rota setup

run:  ## start the city and the pilot site; Ctrl-C stops everything
	@$(PYTHON) deploy/bootstrap.py run && exec $(BIN)/lokal run

test:  ## the whole test suite against a real RabbitMQ and a real PostgreSQL
	@$(PYTHON) deploy/bootstrap.py test && exec $(BIN)/pytest -n 3 --dist loadfile

test-delivery:  ## ten thousand events while everything dies on the way; minutes
	@$(PYTHON) deploy/bootstrap.py test && LOKAL_DELIVERY=full exec $(BIN)/pytest tests/delivery -s

test-partners:  ## a hostile, a late and a slow partner, a million messages; half an hour
	@$(PYTHON) deploy/bootstrap.py test && LOKAL_PARTNERS=full exec $(BIN)/pytest tests/delivery/partners -s

test-search:  ## the search while one types, with 100,000 households; two minutes
	@$(PYTHON) deploy/bootstrap.py test && LOKAL_SEARCH=full exec $(BIN)/pytest tests/component/intake/test_search_speed.py -s

fuzz:  ## every call by everybody, 200 examples each; LOKAL_FUZZ_SEED=… repeats a run; half an hour
	@$(PYTHON) deploy/bootstrap.py test && LOKAL_FUZZ=full exec $(BIN)/pytest tests/component/security/test_schemathesis.py

check:  ## format, lint, types, import boundaries, schemas
	@$(PYTHON) deploy/bootstrap.py check && exec $(BIN)/python deploy/check.py

bench:  ## events a second beside bare libraries; writes docs/benchmarks.md
	@$(PYTHON) deploy/bootstrap.py run && exec $(BIN)/python -m tests.bench

bench-rota:  ## the week's rota of 200 volunteers and 150 slots beside doing it by hand; a minute
	@$(PYTHON) deploy/bootstrap.py run && exec $(BIN)/python -m tests.bench.rota

setup:  ## install only
	@$(PYTHON) deploy/bootstrap.py test
