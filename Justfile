# Short names for the commands of CONTRIBUTING.md. `just` by itself lists them; `just setup` comes first.
# just: https://just.systems, or `pipx install rust-just`.

python := ".venv/bin/python"

[private]
default:
    @just --list --unsorted

# Make .venv with all that work on the code needs
setup:
    python3 -m venv .venv
    {{ python }} -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt

# Start the app on this machine; Streamlit's options follow: just run --server.port=8600
run *options:
    {{ python }} -m streamlit run app.py --server.address=127.0.0.1 {{ options }}

# The quick tests, under a minute; installs nothing
test *options:
    {{ python }} -m pytest -q -n 2 --dist loadgroup -m "not slow" tests/test_architecture.py tests/unit tests/contract/providers {{ options }}

# The whole suite, as the README has it; installs what is missing
test-all *options:
    python3 tests/run.py {{ options }}

# Lint, and check the format
lint:
    {{ python }} -m ruff check .
    {{ python }} -m ruff format --check .
    {{ python }} tools/javascript.py lint

# Mend what lint can mend by itself
format:
    {{ python }} -m ruff check --fix .
    {{ python }} -m ruff format .
    {{ python }} tools/javascript.py format

# Check the types
types:
    {{ python }} -m mypy
    {{ python }} tools/javascript.py types

# Write the reference pages of docs/ anew from the code
docs:
    {{ python }} docs/reference.py
    {{ python }} docs/api_reference.py

# Take the pictures of every page state anew; needs Chromium
pictures:
    {{ python }} docs/screenshots.py

# Pin the requirements anew from pyproject.toml: just requirements --upgrade
requirements *options:
    {{ python }} tools/requirements.py {{ options }}

# One measurement: just bench engine --tasks 1. What there is and what it showed: docs/bench.md
bench name *options:
    {{ python }} -m bench.{{ name }} {{ options }}
