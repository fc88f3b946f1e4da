# What a person, and CI, does with this tree. `make help` lists it.
#
# A new machine needs make and Python >= 3.11; config/dev/bootstrap.sh sees to the rest.
# PYTHON=/path/to/python3.12 chooses the interpreter; IKI_NO_INSTALL=1 keeps system packages as they are.

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo test thorough lint format docs lock bench conformance interop backends kill fuzz dev clean machine machine-test

VENV := .venv
BIN := $(VENV)/bin
LOCK := config/dev/requirements-dev.lock
BOOTSTRAP := sh config/dev/bootstrap.sh
PYTEST_ARGS :=
FUZZ_SECONDS := 60

# By file: what its tests share is made once, and not by both workers. Tests that pytest has rewritten are kept.
SUITE := PYTHONDONTWRITEBYTECODE= $(BIN)/pytest -n 2 --dist loadfile --ignore=tests/interop

# Two marks: the environment is made anew when the lock changes, our package put into it when its metadata does.
PACKAGES := $(VENV)/.packages
READY := $(VENV)/.ready

help: ## show this list
	@awk 'BEGIN { FS = ":.*## " } /^[a-z]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' Makefile

demo: machine $(READY) ## the whole story on SoftHSM: sign, countersign, verify, tamper, revoke
	@$(BIN)/iki demo

test: machine-test lint ## lint, then the test suite on two cores
	@$(BIN)/python -m compileall -q agent hsm tests
	$(SUITE) -m "not backends and not thorough" $(PYTEST_ARGS)

thorough: machine-test $(READY) ## the suite with every iki started anew, every step and attack, and ten times the examples
	@$(BIN)/python -m compileall -q agent hsm tests
	IKI_FRESH=1 IKI_THOROUGH=1 $(SUITE) -m "not backends" $(PYTEST_ARGS)

lint: $(READY) ## ruff, mypy (strict), and the import contracts of the architecture
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

format: $(READY) ## let ruff mend and format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(READY) ## write docs/policy.md, findings.md, attacks.md and openapi.json from the code
	$(BIN)/python -m agent.report.policy_page docs/policy.md
	$(BIN)/python -m agent.report.findings_page docs/findings.md
	$(BIN)/python -m tests.package.attacks.page docs/attacks.md
	$(BIN)/python -m agent.daemon.openapi docs/openapi.json

bench: machine $(READY) ## speed and memory of documents, policy and CRLs, beside openssl; of tokens, beside a C loop; of batches
	$(BIN)/python -m tests.bench
	$(BIN)/python -m tests.bench.warm
	$(BIN)/python -m tests.bench.tokens
	$(BIN)/python -m tests.bench.batch
	$(BIN)/python -m tests.bench.daemon

conformance: $(READY) ## what NIST's PKITS, openssl and pyhanko-certvalidator say of paths and CRLs; writes docs/conformance.md
	@$(BOOTSTRAP) machine want openssl
	$(BIN)/python -m tests.conformance

interop: $(READY) ## what LibreOffice says of our signatures, and we of its own (installs LibreOffice and Java)
	@$(BOOTSTRAP) machine need softhsm office want xmlsec1 openssl
	IKI_FRESH=1 IKI_REQUIRE=softhsm,soffice,java,javac,certutil,pk12util $(BIN)/pytest tests/interop $(PYTEST_ARGS)

backends: $(READY) ## the contract of a token, over every PKCS#11 module that Debian has, and an HSM in a container
	@$(BOOTSTRAP) machine need softhsm compiler openssl opensc p11kit container piv ykcs11 tpm2 opencryptoki nss
	IKI_FRESH=1 IKI_REQUIRE=cc,openssl,container,$$($(BIN)/python -m tests.backends.catalogue) \
		$(BIN)/pytest tests/backends tests/containers $(PYTEST_ARGS)

kill: $(READY) ## kill processes at every step of recording a decision, in file, SQLite, PostgreSQL; all attacks on an agent
	@$(BOOTSTRAP) machine need postgresql
	IKI_REQUIRE=postgresql IKI_THOROUGH=1 $(BIN)/pytest tests/state tests/daemon/test_hostile.py $(PYTEST_ARGS)

fuzz: $(READY) ## fuzz all parsers for FUZZ_SECONDS (60) in all, start-up of each besides: atheris, over the suite's strategies
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input --require-hashes --no-deps \
		-r config/dev/requirements-fuzz.lock
	$(BIN)/python -m tests.fuzz --seconds $(FUZZ_SECONDS)

dev: machine-test $(READY) ## make .venv and see to SoftHSM, xmlsec1, openssl, OpenSC, PostgreSQL

lock: ## pin the newest versions that pyproject.toml allows, with hashes
	@$(BOOTSTRAP) lock config/dev

clean: ## remove .venv, caches and what was built
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find agent hsm tests -name __pycache__ -type d -prune -exec rm -rf {} +

machine:
	@$(BOOTSTRAP) machine need python softhsm

machine-test:
	@$(BOOTSTRAP) machine need python softhsm want xmlsec1 openssl opensc postgresql

$(PACKAGES): $(LOCK)
	@$(BOOTSTRAP) machine need python
	@$(BOOTSTRAP) environment $(VENV) $(LOCK)
	@touch $@

$(READY): $(PACKAGES) pyproject.toml
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m pip --quiet --disable-pip-version-check check
	@# Start-up is a requirement: an environment may forbid Python to keep what it compiled.
	@$(BIN)/python -m compileall -q agent hsm $(VENV)/lib
	@touch $@
