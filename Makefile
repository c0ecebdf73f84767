# make run    set up what is missing, then serve on http://127.0.0.1:8000 (PORT= changes it)
# make test   set up what is missing, then run the whole suite (ARGS= goes to pytest)
# make lint   everything that is checked without running the code
# The other commands are described above each target. DATABASE_URL= uses a given database.
PYTHON ?= python3
PORT ?= 8000
HOST ?= 127.0.0.1
WORKERS ?= 2
THREADS ?= 4
MUTUALAID_LOCAL ?= 1
.DEFAULT_GOAL := run
.PHONY: learn-screening screenshots weigh run test lint manage messages clean-db lock prepare serve work backup restore setup-run setup-test setup-bench bench setup-cluster test-cluster

BIN := .venv/bin
MANAGE := $(BIN)/python manage.py
LOCAL = MUTUALAID_LOCAL=$(MUTUALAID_LOCAL)
INSIDE_RUN = $(LOCAL) $(PYTHON) mutualaid/cluster.py exec run --
INSIDE_TEST = $(LOCAL) $(PYTHON) mutualaid/cluster.py exec test --

run:
	@$(PYTHON) scripts/setup.py run --port "$(PORT)"
	@exec env $(INSIDE_RUN) $(MANAGE) prepare --serve "$(PORT)"

test: setup-test
	@exec env $(INSIDE_TEST) $(BIN)/python -m pytest -n auto --dist loadgroup $(ARGS)

lint: setup-test
	@exec env $(INSIDE_TEST) sh scripts/lint.sh

# make manage CMD="shell": one of Django's commands on the database of `make run`
manage: setup-run
	@exec env $(INSIDE_RUN) $(MANAGE) $(CMD)

# collect the texts of the pages into locale/, keep what is translated
messages: setup-run
	@exec env $(LOCAL) $(MANAGE) makemessages --all --no-location --no-obsolete --ignore=".venv/*" --ignore="tests/*"

# take the pictures of the README again, with the demo posts of `make run`
screenshots: setup-test
	@exec env $(INSIDE_RUN) sh -c '$(MANAGE) prepare && $(BIN)/python scripts/screenshots.py'

# weigh every page as an old phone with a poor signal gets it: bytes, LCP, layout shift, tasks; fails
# over budget. Two or three minutes; nothing else should be busy meanwhile
weigh: setup-test
	@exec env $(INSIDE_RUN) sh -c '$(MANAGE) prepare > /dev/null && $(BIN)/python scripts/weigh.py'

# fill databases with 10,000, 100,000 and 1,000,000 open posts and measure (N=10000,50000 for other
# sizes); writes docs/benchmarks.md. Nothing else should be busy meanwhile
bench: setup-bench
	@exec env $(INSIDE_RUN) $(BIN)/python -m bench

# start all engines of a site on several machines on this one, kill each under load, and see whether
# anything that was accepted is lost; about three minutes (docs/operating.md, "More machines")
test-cluster: setup-cluster
	@exec env $(LOCAL) $(BIN)/python -m bench.cluster

# learn the second reader of the screening from the labelled notes again (scripts/learn_screening.py)
learn-screening: setup-test
	@$(BIN)/python -m pip install --quiet "scikit-learn>=1.7"
	@exec env $(INSIDE_RUN) sh -c '$(MANAGE) prepare && $(BIN)/python scripts/learn_screening.py'

# throw the databases of `make run` and `make test` away
clean-db:
	@$(PYTHON) mutualaid/cluster.py destroy

# bring the lock files up to date with pyproject.toml (UPGRADE=--upgrade takes the newest versions)
UV_COMPILE = $(BIN)/uv pip compile --quiet --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header $(UPGRADE) pyproject.toml
lock: setup-test
	@$(BIN)/python -m pip install --quiet uv
	$(UV_COMPILE) --extra boundaries -o requirements.txt
	$(UV_COMPILE) --extra boundaries --group dev -c requirements.txt -o requirements-dev.txt

# production, with the settings of docs/operating.md in the environment: after each update …
prepare: setup-run
	@exec $(MANAGE) prepare

# … and to serve (HOST= PORT= WORKERS= THREADS=)
serve: setup-run
	@exec sh scripts/serve.sh "$(HOST)" "$(PORT)" "$(WORKERS)" "$(THREADS)"

# … and beside it at least one worker: text messages, numbers, erasing (docs/operating.md)
work: setup-run
	@exec $(BIN)/python manage.py work

# the whole database in one file (FILE=), and back into an empty one (FORCE=1 empties it first);
# of `make run`, or with MUTUALAID_LOCAL=0 of the settings in the environment
backup: setup-run
	@umask 077; exec env $(INSIDE_RUN) $(MANAGE) backup $(FILE)

restore: setup-run
	@exec env $(INSIDE_RUN) $(MANAGE) restore $(FILE) $(if $(filter 1,$(FORCE)),--force)

setup-run:
	@$(PYTHON) scripts/setup.py run

setup-test:
	@$(PYTHON) scripts/setup.py test

setup-cluster:
	@$(PYTHON) scripts/setup.py cluster

setup-bench:
	@$(PYTHON) scripts/setup.py bench
