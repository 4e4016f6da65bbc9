# Two commands do everything: `make chat` and `make test`. Each prepares what it needs first.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: chat test check smoke chromium screenshot clean

chat: $(VENV)/.chat
	@$(BIN)/kliping chat --samples

test: $(VENV)/.dev chromium
	@$(BIN)/python -m pytest

check: $(VENV)/.dev
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy

smoke: $(VENV)/.dev
	@.ci/smoke $(BIN)/python

screenshot: $(VENV)/.dev chromium
	@$(BIN)/python docs/screenshot.py

$(VENV)/.venv:
	@$(PYTHON) -c 'import sys; sys.exit("Kliping needs Python 3.11 or newer.") if sys.version_info < (3, 11) else None'
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.chat: $(VENV)/.venv pyproject.toml constraints.txt
	@echo "Installing (the first time, llama.cpp is compiled: about five minutes on two cores) …"
	@$(INSTALL) --editable '.[embedded]'
	@touch $@

$(VENV)/.dev: $(VENV)/.venv pyproject.toml constraints.txt
	@echo "Installing (the first time, llama.cpp is compiled: about five minutes on two cores) …"
	@$(INSTALL) --editable '.[embedded,dev]'
	@touch $@ $(VENV)/.chat

# The page's tests drive a real browser. Where it cannot be installed here, they say so and skip.
chromium:
	@command -v chromium >/dev/null || { \
	  if command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null; \
	  else echo "No chromium on the PATH: the page's tests will be skipped."; fi; }

clean:
	@rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis
