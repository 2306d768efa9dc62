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
integration := $(top)/integration/$(BASE)
scenarios := $(qemu)/scenarios

# What every scenario has, the scenario that this one is laid over, the scenario,
# what the base names otherwise or has not, and what only our kernels know. A
# scenario with a line "# base: " of its own has no common part.
under_extra := plain
under_coverage := debug
under_fuzz := debug
under_fuzz-fast := plain
under_small := plain
under_kcsan := plain small
under_delays := plain small
alone = $(shell grep -l '^\# base: ' $(scenarios)/$(1).config)
fragments = $(if $(alone),,$(scenarios)/common.config) \
	$(patsubst %,$(scenarios)/%.config,$(under_$(1)) $(1)) \
	$(wildcard $(integration)/common.config $(integration)/$(1).config)
ours = $(wildcard $(scenarios)/ours.config $(scenarios)/$(1).ours.config)

# selftest boots the debug kernel, or another machine with the scenario ARCH, or
# the kernel that finds leaks.
machine = $(or $(ARCH),$(filter leaks,$(SCENARIO)),debug)

KERNEL ?= $(out)/$(SCENARIO)/bzImage
# An old-api.patch adapts the system call tests, too, in the laid tree.
old_api := $(wildcard $(integration)/old-api.patch)
SELFTESTS ?= $(if $(old_api),$(out),$(top)/out)/selftests$(addprefix -,$(ARCH))
CASES_DIR ?= $(top)/../shared/cases

# Percents that `make coverage` demands. Races decide whether some lines run.
LINES_FLOOR ?= 98
BRANCHES_FLOOR ?= 91
TRINITY ?= 60
untrusted_scenario = $(if $(filter command line,$(origin SCENARIO)),$(SCENARIO),callers)
torture_scenario = $(if $(filter command line,$(origin SCENARIO)),$(SCENARIO),races)
torture_kernels = $(or $(filter kcsan delays rt,$(torture_scenario)),\
	$(if $(filter short,$(torture_scenario)),callers,plain debug))
fuzz_scenario = $(if $(filter command line,$(origin SCENARIO)),$(SCENARIO),fuzz)

.DEFAULT_GOAL := help
.NOTPARALLEL:

names = $(sort $(patsubst $(scenarios)/%.config,%,$(filter-out \
	%/common.config %ours.config,$(wildcard $(scenarios)/*.config))))

define variables

  BASE=     all targets    Debian's linux-source-BASE is the base ($(BASE))
  SCENARIO= kernel, stock, same, secrets, questions, keyutils
                           one of $(names) ($(SCENARIO))
            untrusted      the same (callers, which has audit)
            selftest       debug, or leaks (kmemleak, but no KASAN)
            torture        races, kcsan (data races), delays (at random), rt, short
            fuzz           fuzz (debug, with KCOV) or fuzz-fast
  ARCH=     selftest       i386, arm64, arm64-64k or s390, emulated
  SCENARIOS= scenarios     only these scenarios: "rt clang"; --short, --objects
  TESTS=    selftest, same, coverage
                           only these programs: "gc_test perm_test"
  SEED=     selftest, coverage, host
                           seed of the model test (KEYS_MODEL_SEED)
            torture, fuzz  seed of all random numbers of a run
  SECONDS=  host           how long the fuzzer runs (10)
            torture        how long the operations run in each guest (600)
            fuzz           how long the programs run (60)
            untrusted      how long each attack runs (2)
  MUTANTS=  mutants        only these faults, --none, --build (see the list)
  TRINITY=  fuzz           how long trinity runs (60), 0 for not at all
  SUITE=    kunit          only these suites: keys_reap, 'keys_*', SUITE.TEST
  SCRIPTS=  keyutils       only these scripts: "keyctl/add/valid"
  LEVELS=   test           only these levels: "kunit same"
  CASES=    bench          only these cases: "getppid scaling:getppid"
  CALLER=   callers        only these scenes: "nfs4_krb5 fscrypt", --short
  MODEL=    proof          only these models: "publish state", --short
  ATTACK=   untrusted      only these attacks: "churn search"
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

# Kernels that count or trace what runs do so in our directory only: $(obj) is
# the directory that kbuild is in. A function that the compiler has merged into
# others before it counts would have its branches counted once for each of them.
ours_only = $$(if $$(filter security/keys,$$(obj)),y)
kernel stock: export GCOV_PROFILE = $(ours_only)
kernel stock: export KCOV_INSTRUMENT = $(ours_only)
kernel stock: export GNUMAKEFLAGS = $(if $(filter coverage,$(SCENARIO)),CFLAGS_GCOV=$\
	-fprofile-arcs\ -ftest-coverage\ -fprofile-update=atomic\ -fno-early-inlining\ $\
	-include\ $(top)/integration/coverage.h)

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

selftests: $(if $(old_api),tree,base) ## Compile the system call tests.
	@$(scripts)/build-selftests $(out) '$(SELFTESTS)' $(ARCH)

selftest: selftests ## Run the system call tests, and KUnit's, on the debug kernel.
	@$(MAKE) --no-print-directory kernel SCENARIO=$(machine) QUIET=1
	@SEED='$(SEED)' SCENARIO=$(machine) $(scripts)/selftest $(out) $(SELFTESTS) $(TESTS)

same: selftests ## Run the system call tests on stock and on ours; compare.
	@$(MAKE) --no-print-directory stock
	@$(MAKE) --no-print-directory kernel QUIET=1
	@SCENARIO=$(SCENARIO) $(scripts)/same $(out) $(SELFTESTS) $(tests)/same.allowed $(TESTS)

secrets: deps ## Look for payloads of ended keys in the memory of a guest.
	@$(MAKE) --no-print-directory stock
	@$(MAKE) --no-print-directory kernel QUIET=1
	@$(scripts)/secrets $(out) stock-$(SCENARIO) $(SCENARIO)

questions: deps ## Compare what security modules are asked on stock and ours.
	@$(MAKE) --no-print-directory stock
	@$(MAKE) --no-print-directory kernel QUIET=1
	@SCENARIO=$(SCENARIO) $(scripts)/questions $(out)

bench: deps ## Measure calls, ends of keys, memory on stock and ours.
	@$(MAKE) --no-print-directory stock SCENARIO=plain
	@$(MAKE) --no-print-directory kernel SCENARIO=plain QUIET=1
	@$(MAKE) --no-print-directory -s -C $(tests)/bench OUTPUT=$(top)/out/bench
	@$(scripts)/bench $(out) $(top)/out/bench $(CASES)

callers: deps ## Play the scenes of real callers, or CALLER=, on stock and on ours.
	@$(scripts)/deps $(BASE) callers
	@for kernel in $$($(scripts)/callers $(out) --kernels $(CALLER)); do \
		$(scripts)/deps $(BASE) $$kernel && \
		$(MAKE) --no-print-directory stock SCENARIO=$$kernel && \
		$(MAKE) --no-print-directory kernel SCENARIO=$$kernel QUIET=1 || exit; \
	done
	@$(scripts)/callers $(out) $(CALLER)

cases: deps ## Play the scenes of CASES_DIR, or ONE=, on stock and on ours.
	@if [ -d '$(CASES_DIR)' ]; then \
		$(MAKE) --no-print-directory stock SCENARIO=plain && \
		$(MAKE) --no-print-directory kernel SCENARIO=plain QUIET=1; fi
	@$(scripts)/cases $(out) '$(CASES_DIR)' '$(ONE)'

untrusted: deps ## Attack as an ordinary user, on stock and on ours; compare with budgets.
	@$(MAKE) --no-print-directory stock SCENARIO=$(untrusted_scenario)
	@$(MAKE) --no-print-directory kernel SCENARIO=$(untrusted_scenario) QUIET=1
	@$(MAKE) --no-print-directory -s -C $(tests)/untrusted KSRC=$(out)/base OUTPUT=$(top)/out/untrusted
	@SECONDS_EACH='$(SECONDS)' $(scripts)/untrusted $(out) $(top)/out/untrusted/untrusted \
		$(untrusted_scenario) $(ATTACK)

torture: selftests ## Run what races against each other, for SECONDS= a guest.
	@for kernel in $(torture_kernels); do \
		$(MAKE) --no-print-directory kernel SCENARIO=$$kernel QUIET=1 || exit; \
	done
	@$(MAKE) --no-print-directory -s -C $(tests)/torture KSRC=$(out)/base OUTPUT=$(top)/out/torture
	@SEED='$(SEED)' SECONDS_EACH='$(SECONDS)' $(scripts)/torture $(out) \
		$(top)/out/torture/torture $(SELFTESTS) $(torture_scenario)

mutants: selftests tree ## Put faults into the kernel; show that the tests find them.
	@$(MAKE) --no-print-directory -s -C $(tests)/torture KSRC=$(out)/base OUTPUT=$(top)/out/torture
	@$(scripts)/mutants $(top) $(out) $(SELFTESTS) $(top)/out/torture/torture $(MUTANTS)

fuzz: selftests ## Make calls drawn at random, guided by KCOV, for SECONDS=; then trinity.
	@[ '$(TRINITY)' = 0 ] || $(scripts)/deps $(BASE) fuzz
	@$(MAKE) --no-print-directory kernel SCENARIO=$(fuzz_scenario) QUIET=1
	@SEED='$(SEED)' SECONDS_EACH='$(SECONDS)' TRINITY='$(TRINITY)' $(scripts)/fuzz \
		$(out) $(SELFTESTS)/fuzz $(tests)/fuzz/corpus $(fuzz_scenario)

coverage: selftests ## Run them, too, and say how much of security/keys they run.
	@$(MAKE) --no-print-directory kernel SCENARIO=coverage QUIET=1
	@SEED='$(SEED)' LINES_FLOOR=$(if $(TESTS),0,$(LINES_FLOOR)) \
		BRANCHES_FLOOR=$(if $(TESTS),0,$(BRANCHES_FLOOR)) \
		$(scripts)/coverage $(out) $(SELFTESTS) $(tests)/coverage-unreached $(TESTS)

scenarios: tree ## Build other configurations with W=1, and boot those that can boot.
	@$(scripts)/scenarios $(top) $(BASE) $(SCENARIOS)

kunit: tree ## Run the KUnit suites under User Mode Linux.
	@$(scripts)/kunit $(out) '$(SUITE)'

host: base ## Run the core in user space: random operations, threads, a fuzzer.
	@$(scripts)/deps $(BASE) host
	@SECONDS_EACH='$(SECONDS)' SEED='$(SEED)' $(scripts)/host $(top) $(BASE)

keyutils: deps ## Run keyutils' own test suite; compare with what stock scores.
	@$(MAKE) --no-print-directory kernel QUIET=1
	@SCENARIO=$(SCENARIO) $(scripts)/keyutils $(out) $(SCRIPTS)

keyutils-limits: deps ## Run only features/limits of that suite, which takes an hour.
	@$(MAKE) --no-print-directory kernel SCENARIO=plain QUIET=1
	@$(scripts)/keyutils $(out) --limits

keyutils-stock: deps ## Record what the stock kernel scores in that suite.
	@$(MAKE) --no-print-directory stock SCENARIO=plain
	@$(scripts)/keyutils $(out) --stock

proof: deps ## Check the models of the protocols with spin; MODEL= or --short.
	@$(scripts)/deps $(BASE) proof
	@$(scripts)/proof $(out) $(MODEL)

check: tree ## Check layers, style, kernel-doc, sparse, W=1, origin.
	@$(scripts)/check $(top) $(BASE)

docs: tree ## Build the pages of Documentation/security/keys: out/BASE/docs.
	@$(scripts)/deps $(BASE) docs
	@$(scripts)/docs $(out)

series: tree ## Write the patches for git am and quilt to out/, and prove them.
	@$(scripts)/deps $(BASE) series
	@$(scripts)/series $(top) $(BASE)
	@$(scripts)/series-style $(top) $(BASE)

series-build: series ## Prove that a kernel can be built after each of the patches.
	@$(scripts)/series-build $(top) $(BASE) $(call fragments,plain)

test: ## Everything that decides whether this works.
	@$(scripts)/test $(top) $(BASE)

clean: ## Remove everything that was built.
	rm -rf $(top)/out

.PHONY: help deps base tree kernel stock obj guest run selftests selftest same \
	secrets questions bench callers cases untrusted kunit host keyutils keyutils-limits \
	keyutils-stock check docs scenarios series series-build proof torture fuzz mutants \
	coverage test clean
