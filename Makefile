# The commands of the project. `make help` lists them; everything else is in the README.
ENV ?= dev
SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: up down test check render judges bench docs lint help

up: ## Set up what is missing, deploy ENV (dev) on the sandbox, show what is live.
	@start=$$(date +%s); sandbox/setup \
	&& sandbox/run .venv/bin/serving up --yes --env $(ENV) \
	&& sandbox/run .venv/bin/serving status --env $(ENV) \
	&& echo "Done in $$(($$(date +%s) - start)) s."

down: ## Destroy ENV (dev) on the sandbox; a protected one is refused.
	@sandbox/setup
	@sandbox/run .venv/bin/serving destroy --env $(ENV) --confirm $(ENV)

test: ## Run the tests: unit, contract, and through the real engine on the sandbox.
	@sandbox/setup
	@.venv/bin/pytest -n auto --dist worksteal -q

check: ## Check settings and guardrails of all environments, without engine or cloud.
	@sandbox/setup
	@.venv/bin/serving check

render: ## Write the Kubernetes part of ENV as YAML to rendered/ENV; deploy nothing.
	@sandbox/setup
	@sandbox/run .venv/bin/serving render --env $(ENV)

judges: ## Hold sandbox and manifests against what others wrote; LONG=1: crashes too, hours.
	@sandbox/setup
	@.venv/bin/python -m tests.judges $(if $(filter 1,$(LONG)),--long)

bench: ## Measure set-up, preview, no-change up, the server under load; reports in .out/.
	@sandbox/setup
	@.venv/bin/python -m benchmarks

docs: ## Regenerate what is generated: JSON Schemas, guardrails, error codes.
	@sandbox/setup
	@.venv/bin/serving schema
	@.venv/bin/python -m policies.docs

lint: ## Format check, lint, types, layers.
	@sandbox/setup
	@.venv/bin/ruff format --check .
	@.venv/bin/ruff check .
	@.ci/types
	@.venv/bin/lint-imports --no-cache

help: ## Show this list.
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-7s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
