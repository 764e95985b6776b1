# The logic lives in .ci/ and tests/lab/; these are the names to remember.
.PHONY: help record demo demo-interactive test bench lint build deps lab-down clean
.DEFAULT_GOAL := help

export ENGINE ?= mariadb
export LAB_DIR ?= /tmp/runbook-lab-$(if $(filter postgres,$(ENGINE)),15430,23060)

help: ## what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: deps build ## a real failover, unattended: lab, write load, kill -9, RB-001, verdict, post-mortem (ENGINE=postgres: RB-011)
	tests/lab/failover

demo-interactive: deps build ## the same, and the runbook asks you
	tests/lab/failover --attended

# A seed of its own for every day is for people: here a failure must mean that a change broke something.
test: deps ## every test, the failover on real servers included
	KEEP_FAILED=$(CURDIR)/target/failed PROPTEST_RNG_SEED=$${PROPTEST_RNG_SEED:-20261121} cargo test --locked

record: deps ## run the library for real, and put what was measured into runbooks/README.md
	rm -rf target/recorded
	RECORD_RUNS=$(CURDIR)/target/recorded cargo test --locked --test library --test failover --test failover_pg --test native -- --skip has_not_drifted
	cargo run --locked --quiet -- catalogue --record target/recorded --write runbooks/README.md

bench: deps build ## the benchmarks, and ten failovers in a row
	cargo bench --locked
	tests/lab/repeat 10

lint: ## formatting and clippy; warnings are errors
	cargo fmt --all --check
	cargo clippy --locked --all-targets -- -D warnings

build: ## the release binary
	cargo build --locked --release

deps: ## what apt must provide; only what is missing
	.ci/install

lab-down: ## remove a lab that was left behind (LAB_DIR=…)
	tests/lab/down "$(LAB_DIR)"

clean: ## what was built and what demos have left, their labs included
	tests/lab/down "$(LAB_DIR)"
	cargo clean
