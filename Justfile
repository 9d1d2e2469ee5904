# Short names for the commands in CONTRIBUTING.md. `just` alone lists them; run `just setup` first.
# Install just from https://just.systems or with `pipx install rust-just`.

python := ".venv/bin/python"

[private]
default:
    @just --list --unsorted

# Create .venv with everything needed for development
setup:
    python3 -m venv .venv
    {{ python }} -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt

# Start the app on this machine; accepts Streamlit's options: just run --server.port=8600
run *options:
    {{ python }} -m streamlit run app.py --server.address=127.0.0.1 {{ options }}

# Run the fast tests, under a minute, or those you name: just test tests/ui -k gallery. Installs nothing
test *tests="tests/test_architecture.py tests/test_private_names.py tests/unit tests/contract/providers -m 'not slow'":
    {{ python }} -m pytest -q -n 2 --dist loadgroup {{ tests }}

# Run the fast tests on another Python of this machine, in its own .venv-VERSION: just test-on 3.13
test-on version *tests:
    {{ python }} tools/python_versions.py test {{ version }} {{ tests }}

# Ask the package index whether every package has a wheel for Python 3.11 to 3.14
wheels *versions:
    {{ python }} tools/python_versions.py wheels {{ versions }}

# Run the full suite, as in the README; installs what is missing
test-all *options:
    python3 tests/run.py {{ options }}

# Lint and check the formatting
lint:
    {{ python }} -m ruff check .
    {{ python }} -m ruff format --check .
    {{ python }} tools/javascript.py lint

# Format the code and fix what the linters can fix
format:
    {{ python }} -m ruff check --fix .
    {{ python }} -m ruff format .
    {{ python }} tools/javascript.py format

# Check the types
types:
    {{ python }} -m mypy
    {{ python }} tools/javascript.py types

# Regenerate the reference pages in docs/ from the code
docs:
    {{ python }} docs/reference.py
    {{ python }} docs/api_reference.py

# Retake the screenshots of every page state; needs Chromium
screenshots:
    {{ python }} docs/screenshots.py

# Compile the requirements files from pyproject.toml: just requirements --upgrade
requirements *options:
    {{ python }} tools/requirements.py {{ options }}

# Run one benchmark: just bench engine --tasks 1. The benchmarks and their results are in docs/bench.md
bench name *options:
    {{ python }} -m bench.{{ name }} {{ options }}
