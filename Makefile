# Observatoire : tout part d'ici. « make aide » dit ce qui existe.
# Il suffit de python3 (3.11 ou plus), du module venv et de make : chaque cible crée .venv si besoin.

PYTHON ?= python3
PY := .venv/bin/python
UV := .venv/bin/uv

# Rien ne se connecte pour compter les usages ; l'espace de travail est ce dossier.
export GX_ANALYTICS_ENABLED := false
export OBSERVATOIRE_ESPACE := .

.DEFAULT_GOAL := installer
.NOTPARALLEL:
.DELETE_ON_ERROR:
.PHONY: installer rapports test lint format dictionnaire verrous paquet clean aide

installer: .venv/.rapports ## crée l'environnement .venv (cible par défaut)
	@echo "Prêt : .venv/bin/observatoire --help, ou « make rapports »."

rapports: .venv/.rapports ## importe l'échantillon et rend ses rapports ; finit par le chemin du portail
	@.venv/bin/observatoire importer data/exemple --tout
	@.venv/bin/observatoire rendre --tout --diffusion interne

test: .venv/.dev ## lance tous les tests, deux à la fois
	@$(PY) -m pytest -n 2 --durations=15

lint: .venv/.dev ## contrôle l'écriture du code et l'absence de sorties dans les carnets
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@.venv/bin/nbstripout --verify notebooks/*.ipynb

format: .venv/.dev ## met le code en forme et vide les carnets de leurs sorties
	@$(PY) -m ruff check --fix .
	@$(PY) -m ruff format .
	@.venv/bin/nbstripout notebooks/*.ipynb

dictionnaire: .venv/.rapports ## réécrit docs/dictionnaire.md à partir du modèle
	@$(PY) -m observatoire.documentation docs/dictionnaire.md

verrous: .venv/.outils ## recalcule les verrous à partir de pyproject.toml
	@$(call verrouiller,--extra construction --extra vitesse pyproject.toml,requirements.lock)
	@$(call verrouiller,--extra construction --extra vitesse --extra dev -c requirements.lock pyproject.toml,requirements-dev.lock)
	@echo "uv>=0.9" | $(call verrouiller,-,requirements-uv.lock)

paquet: .venv/.dev ## construit le paquet installable dans dist/
	@$(UV) build --quiet --wheel --no-build-isolation --python $(PY)

clean: ## efface .venv, les caches et les paquets construits ; ni données, ni rapports
	@rm -rf .venv build dist .pytest_cache .ruff_cache .hypothesis __pycache__
	@find src tests data -name __pycache__ -type d -prune -exec rm -rf {} +

aide: ## cette aide
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1@\2/p' $(firstword $(MAKEFILE_LIST)) | column -t -s @ 2>/dev/null \
		|| sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1 : \2/p' $(firstword $(MAKEFILE_LIST))

# --- L'environnement : un témoin par étape, refait quand son verrou change ---------------------------

verrouiller = $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header $(1) -o $(2)

# uv ne lit pas les réglages de pip : on lui passe l'index et le certificat que pip emploierait ici.
# S'il n'aboutit pas, pip installe le même verrou, plus lentement. Le verrou est complet : --no-deps s'y tient.
define installer_verrou
	@echo "Installation des bibliothèques de $(1)…"
	@reglages="$$($(PY) -m pip config list 2>/dev/null)"; \
	reglage() { echo "$$reglages" | sed -n "s/^global\.$$1='\(.*\)'$$/\1/p"; }; \
	index="$${UV_DEFAULT_INDEX:-$${PIP_INDEX_URL:-$$(reglage index-url)}}"; \
	certificat="$${SSL_CERT_FILE:-$${PIP_CERT:-$$(reglage cert)}}"; \
	[ -z "$$index" ] || export UV_DEFAULT_INDEX="$$index"; \
	[ -z "$$certificat" ] || export SSL_CERT_FILE="$$certificat"; \
	$(UV) pip install --quiet --python $(PY) --compile-bytecode --no-deps --require-hashes -r $(1) \
		|| { echo "uv n'a pas abouti : nouvel essai avec pip." >&2; \
		     $(PY) -m pip install -qq --disable-pip-version-check --no-deps --require-hashes -r $(1); }
	@$(UV) pip install --quiet --python $(PY) --no-deps --no-build-isolation --editable .
	@touch $@
endef

.venv/.outils: requirements-uv.lock
	@$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11))" \
		|| { echo "Python 3.11 ou plus récent est nécessaire : make PYTHON=chemin/vers/python3" >&2; exit 1; }
	@echo "Création de l'environnement .venv…"
	@$(PYTHON) -m venv .venv || { echo "Le module venv manque : sous Debian, apt install python3-venv." >&2; exit 1; }
	@$(PY) -m pip install -qq --disable-pip-version-check --require-hashes -r requirements-uv.lock
	@touch $@

.venv/.rapports: .venv/.outils requirements.lock pyproject.toml
	$(call installer_verrou,requirements.lock)

.venv/.dev: .venv/.outils requirements-dev.lock pyproject.toml
	$(call installer_verrou,requirements-dev.lock)
