# Every target a person needs. `make help` lists them; each does one thing and can be run twice.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
UV_VERSION := 0.13.9
INSTALLED := $(VENV)/.installed

export AIRFLOW__CORE__LOAD_EXAMPLES := False
export GX_ANALYTICS_ENABLED := false
# Bytecode is compiled once at install; an environment that forbids it makes every start three times slower.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help install lock demo demo-pki openssl sshd browser validators pango test lint chaos timelapse bench bench-validate bench-documents bench-delivery bench-sweep bench-erase fuzz golden format clean

help:  ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

install: $(INSTALLED)  ## install everything from the hash-pinned lock into .venv

$(INSTALLED): requirements.lock pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "tiltaksflyt needs Python 3.11 (Debian: apt install python3 python3-venv make)"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/uv --version 2>/dev/null | grep -q ' $(UV_VERSION)' || $(BIN)/python -m pip install --quiet 'uv==$(UV_VERSION)'
	$(BIN)/uv pip sync --system-certs --quiet --python $(BIN)/python --compile-bytecode --require-hashes requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $@

lock:  ## resolve pyproject.toml anew into requirements.lock
	$(BIN)/uv pip compile pyproject.toml deploy/build-requirements.in --all-extras --upgrade --generate-hashes \
	  --no-header --no-annotate --python-version 3.11 --quiet --output-file requirements.lock

demo: install openssl  ## the whole line on one machine; DEMO_EXIT=1 ends it when done
	$(BIN)/python -m deploy.lokalt.demo

demo-pki: install  ## test certificates in PKI=folder: an authority of nobody's, an operator and a recipient
	@test -n "$(PKI)" || { echo "name a folder: make demo-pki PKI=folder"; exit 1; }
	$(BIN)/python -m deploy.lokalt.pki $(PKI)

openssl:  ## what the reference receiver opens packages with
	@command -v openssl >/dev/null || { echo "the reference receiver needs openssl 3 (Debian: apt install openssl)"; exit 1; }

sshd:  ## the SFTP server that the tests send to: Debian's OpenSSH
	@test -x /usr/sbin/sshd || { \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; \
	  then apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends openssh-server; \
	  else echo "the tests need sshd (Debian: apt install openssh-server)"; exit 1; fi; }

browser:  ## the browser that the tests of pages look with: Debian's chromium
	@command -v chromium >/dev/null || { \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; \
	  then apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium; \
	  else echo "the tests need chromium (Debian: apt install chromium)"; exit 1; fi; }

# Each is a file that must be there and the Debian package that has it.
VALIDATORS := /usr/bin/xmllint=libxml2-utils /usr/share/java/xercesImpl.jar=libxerces2-java \
  /usr/share/java/jaxb-runtime.jar=libjaxb-java /usr/bin/javac=default-jdk-headless /usr/bin/qpdf=qpdf \
  /usr/bin/pdftotext=poppler-utils /usr/bin/node=nodejs /usr/bin/npm=npm /usr/bin/unzip=unzip
AJV := tests/validering/ajv

validators:  ## what documents are checked with: Xerces, ajv, veraPDF, qpdf and more
	@missing=; for v in $(VALIDATORS); do test -e $${v%=*} || missing="$$missing $${v#*=}"; done; test -z "$$missing" || { \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; \
	  then apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing; \
	  else echo "the tests need validators (Debian: apt install$$missing)"; exit 1; fi; }
	@test $(AJV)/node_modules/.installed -nt $(AJV)/package-lock.json || \
	  { npm ci --prefix $(AJV) --silent && touch $(AJV)/node_modules/.installed; }

pango: install  ## what WeasyPrint, which the bench of documents measures beside, sets letters with: Debian's Pango
	@$(BIN)/python -c 'import weasyprint' >/dev/null 2>&1 || { \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; \
	  then apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends libpangoft2-1.0-0 libharfbuzz-subset0; \
	  else echo "the bench of documents needs Pango (Debian: apt install libpangoft2-1.0-0 libharfbuzz-subset0)"; exit 1; fi; }

test: install openssl sshd browser validators pango  ## lint, types, contracts and all tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder --durations 30

lint: install  ## only the fast checks: ruff, mypy, import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

chaos: install openssl  ## FEIL faults at a line that delivers (1000 if not said; POSTGRES=1); prints the account
	PYTHONPATH=. $(BIN)/python -m tests.faults.kaos --feil $(or $(FEIL),1000) --fro $(or $(FRO),1) $(if $(POSTGRES),--postgres)

timelapse: install  ## DAGER days with ANTALL deltakelser (400 and 1000 if not said; POSTGRES=1), held against an oracle
	PYTHONPATH=. $(BIN)/python -m tests.pipeline.tidsforlop.kjor --dager $(or $(DAGER),400) --antall $(or $(ANTALL),1000) --fro $(or $(FRO),1) $(if $(POSTGRES),--postgres)

bench: install  ## seconds and memory of each step for one national month (minutes)
	$(BIN)/python bench/bench_linje.py

bench-validate: install  ## the checks beside Great Expectations, pandera and plain pandas (minutes)
	$(BIN)/python bench/bench_validate.py

bench-delivery: install sshd  ## packages per channel, beside sftp and s3 carrying the same bytes (minutes)
	$(BIN)/python bench/bench_delivery.py

bench-documents: install pango  ## documents per second, beside the libraries' floors and WeasyPrint (minutes)
	$(BIN)/python bench/bench_documents.py

bench-sweep: install  ## the sweep of 10 GB beside grep, ripgrep and reading the bytes (minutes, 10 GB of disk)
	$(BIN)/python bench/bench_sweep.py

bench-erase: install  ## 10 000 erasures with evidence on SQLite and PostgreSQL: ledger and key store (minutes)
	$(BIN)/python bench/bench_erase.py

fuzz: install  ## fuzz a reader: make fuzz FORMAT=xlsx SECONDS=600
	$(BIN)/python -m bench.fuzz_lesere $(FORMAT) $(SECONDS)

golden: install  ## write the golden documents and the suites anew
	$(BIN)/python -m tests.golden.regenerate
	$(BIN)/python -m expectations.suites

format: install  ## format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:  ## remove the environment and everything that demo and tests left
	rm -rf $(VENV) var build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
