# The commands of Launch Ready. `make run` and `make test` need nothing but Python >= 3.12.
.DEFAULT_GOAL := help
.PHONY: help run test format shell lab fuzz update clean
MAKEFLAGS += --no-print-directory

help: ## say what there is
	@grep -hE '^[a-z]+:.*## ' Makefile | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 16

run: ## start everything on this machine; Ctrl-C stops it
	@sh config/bootstrap.sh requirements.txt
	@.venv/bin/python -m config.run

test: ## run every check and every test
	@sh config/bootstrap.sh requirements-dev.txt
	@.venv/bin/python -m tests.gate

format: ## bring Python and templates into the form that make test asks for
	@sh config/bootstrap.sh requirements-dev.txt
	@.venv/bin/python -m ruff check --quiet --fix . ; .venv/bin/python -m ruff format --quiet .
	@find templates -name '*.html' -exec .venv/bin/djade --target-version 6.1 {} +

shell: ## open a Django shell on what `make run` has running
	@.venv/bin/python -m config.run manage.py shell

lab: ## start the laboratory alone: a small internet on loopback
	@sh config/bootstrap.sh requirements.txt
	@.venv/bin/python -m tests.lab --folder .data/lab-alone

fuzz: ## throw what strangers could send at every parser, for an hour
	@sh config/bootstrap.sh requirements-dev.txt
	@PYTHONPATH=. .venv/bin/python benchmarks/fuzz.py

update: ## take the newest versions that the *.in files allow
	@sh config/bootstrap.sh requirements-dev.txt
	@for name in requirements requirements-dev; do \
	  .venv/bin/python -m uv pip compile --quiet --upgrade --universal --python-version 3.12 \
	    --generate-hashes --no-header --no-emit-index-url --no-emit-find-links \
	    "$$name.in" -o "$$name.txt" || exit 1; \
	done

clean: ## remove .venv and .data, with all that was entered
	@sh config/bootstrap.sh --clean
