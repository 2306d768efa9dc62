# SPDX-License-Identifier: GPL-2.0-only
#
# Builds, boots and tests kernels whose key retention service is ours.
# `make help` lists the targets.

BASE ?= 6.12
SCENARIO ?= plain

top := $(CURDIR)
out := $(top)/out/$(BASE)
scripts := $(top)/integration/scripts
tests := $(top)/tools/testing/selftests/keys
qemu := $(tests)/qemu
scenarios := $(qemu)/scenarios

# What every scenario has, the scenario, and what only our kernels know.
fragments = $(scenarios)/common.config $(scenarios)/$(1).config
ours = $(wildcard $(scenarios)/ours.config $(scenarios)/$(1).ours.config)

KERNEL ?= $(out)/$(SCENARIO)/bzImage
SELFTESTS ?= $(top)/out/selftests
CASES_DIR ?= $(top)/../shared/cases

.DEFAULT_GOAL := help
.NOTPARALLEL:

names = $(sort $(patsubst $(scenarios)/%.config,%,$(filter-out \
	%/common.config %ours.config,$(wildcard $(scenarios)/*.config))))

define variables

  BASE=     all targets    Debian's linux-source-BASE is the base ($(BASE))
  SCENARIO= kernel, stock  one of $(names) ($(SCENARIO))
  TESTS=    selftest, same only these programs: "gc_test perm_test"
  SEED=     selftest       seed of the model test (KEYS_MODEL_SEED)
  SUITE=    kunit          only these suites: keys_reap, 'keys_*', SUITE.TEST
  SCRIPTS=  keyutils       only these scripts: "keyctl/add/valid"
  LEVELS=   test           only these levels: "kunit same"
  CASES=    bench          only these cases: "getppid scaling:getppid"
  ONE=      cases          only this scene; CASES_DIR= is where the scenes are
  KERNEL=   guest          the kernel (out/BASE/SCENARIO/bzImage)
  CMD=      guest          the command that root runs there
  JOBS=     all builds     compilers at a time (one for each processor)
  QUIET=1   tree, kernel   do not list the files that are laid
endef

help: export variables := $(variables)
help: ## List the targets and their variables.
	@echo "make TARGET [VARIABLE=VALUE...]"
	@echo
	@sed -n 's/^\([a-z][a-z-]*\):.*## \(.*\)/\1|\2/p' $(MAKEFILE_LIST) | \
		awk -F'|' '{ printf "  %-15s %s\n", $$1, $$2 }'
	@echo "$$variables"

deps: ## Install the Debian packages that are missing.
	@$(scripts)/deps $(BASE)

base: deps
	@$(scripts)/unpack-base $(BASE) $(out)

tree: base ## Lay our files and patches over the base tree: out/BASE/tree.
	@QUIET=$(QUIET) $(scripts)/lay-tree $(top) $(BASE) $(out)

kernel: tree ## Build a kernel with our keys: out/BASE/SCENARIO/bzImage.
	@$(scripts)/build-kernel $(out)/tree $(SCENARIO) \
		$(call fragments,$(SCENARIO)) $(call ours,$(SCENARIO))

stock: base ## Build the untouched kernel: out/BASE/stock-SCENARIO/bzImage.
	@[ -d $(out)/stock ] || { rm -rf $(out)/stock.new && \
		cp -al $(out)/base $(out)/stock.new && mv $(out)/stock.new $(out)/stock; }
	@$(scripts)/build-kernel $(out)/stock stock-$(SCENARIO) $(call fragments,$(SCENARIO))

obj: tree ## Only compile security/keys, with W=1.
	@$(scripts)/build-objects $(out)/tree W=1 -- $(call fragments,plain) $(call ours,plain)

guest: deps ## Boot KERNEL= and run CMD= in it as root (see qemu/guest).
	@$(qemu)/guest '$(KERNEL)' '$(subst ','\'',$(value CMD))'

run: ## Boot into a root shell; without a terminal, play the tour.
	@$(MAKE) --no-print-directory kernel SCENARIO=plain QUIET=1
	@$(qemu)/run $(out)/plain/bzImage

selftests: base ## Compile the system call tests.
	@$(MAKE) --no-print-directory -s -C $(tests) KSRC=$(out)/base OUTPUT=$(SELFTESTS)

selftest: selftests ## Run the system call tests, and KUnit's, on the debug kernel.
	@$(MAKE) --no-print-directory kernel SCENARIO=debug QUIET=1
	@SEED='$(SEED)' $(scripts)/selftest $(out) $(SELFTESTS) $(TESTS)

same: selftests ## Run the system call tests on stock and on ours; compare.
	@$(MAKE) --no-print-directory stock SCENARIO=plain
	@$(MAKE) --no-print-directory kernel SCENARIO=plain QUIET=1
	@$(scripts)/same $(out) $(SELFTESTS) $(tests)/same.allowed $(TESTS)

questions: deps ## Compare what security modules are asked on stock and ours.
	@$(MAKE) --no-print-directory stock SCENARIO=plain
	@$(MAKE) --no-print-directory kernel SCENARIO=plain QUIET=1
	@$(scripts)/questions $(out)

bench: deps ## Measure calls, ends of keys, memory on stock and ours.
	@$(MAKE) --no-print-directory stock SCENARIO=plain
	@$(MAKE) --no-print-directory kernel SCENARIO=plain QUIET=1
	@$(MAKE) --no-print-directory -s -C $(tests)/bench OUTPUT=$(top)/out/bench
	@$(scripts)/bench $(out) $(top)/out/bench $(CASES)

cases: deps ## Play the scenes of CASES_DIR, or ONE=, on stock and on ours.
	@if [ -d '$(CASES_DIR)' ]; then \
		$(MAKE) --no-print-directory stock SCENARIO=plain && \
		$(MAKE) --no-print-directory kernel SCENARIO=plain QUIET=1; fi
	@$(scripts)/cases $(out) '$(CASES_DIR)' '$(ONE)'

kunit: tree ## Run the KUnit suites under User Mode Linux.
	@$(scripts)/kunit $(out) '$(SUITE)'

keyutils: deps ## Run keyutils' own test suite; compare with what stock scores.
	@$(MAKE) --no-print-directory kernel SCENARIO=plain QUIET=1
	@$(scripts)/keyutils $(out) $(SCRIPTS)

keyutils-limits: deps ## Run only features/limits of that suite, which takes an hour.
	@$(MAKE) --no-print-directory kernel SCENARIO=plain QUIET=1
	@$(scripts)/keyutils $(out) --limits

keyutils-stock: deps ## Record what the stock kernel scores in that suite.
	@$(MAKE) --no-print-directory stock SCENARIO=plain
	@$(scripts)/keyutils $(out) --stock

check: tree ## Check layers, style, kernel-doc, sparse, W=1, origin.
	@$(scripts)/check $(top) $(BASE)

docs: tree ## Build the pages of Documentation/security/keys: out/BASE/docs.
	@$(scripts)/deps $(BASE) docs
	@$(scripts)/docs $(out)

series: tree ## Write a series for git am to out/series, and prove it.
	@$(scripts)/series $(top) $(BASE)

test: ## Everything that decides whether this works.
	@$(scripts)/test $(top) $(BASE)

clean: ## Remove everything that was built.
	rm -rf $(top)/out

.PHONY: help deps base tree kernel stock obj guest run selftests selftest same \
	questions bench cases kunit keyutils keyutils-limits keyutils-stock check docs \
	series test clean
