# pktsift: `make help` lists the targets.  Everything made lands in build/ (or build/<variant>/), nothing else is written.
#
# Sources are found by wildcard: a new .c file in grammar/ compiler/ vm/ runtime/ belongs to the library at once, one in
# runtime/cli/ to the command, one in tests/unit/ or tests/properties/ to the test program; each .c file of tests/gen/,
# bench/ and tests/fuzz/ is a program of its own.  `make V=1` shows the commands.

# Debian packages: to build and test, for `make tidy` alone, for `make bench` alone.
DEPS      := gcc g++ libc6-dev make re2c lemon libpcap-dev libpcre2-dev libxxhash-dev libjansson-dev libcriterion-dev python3-jsonschema tcpdump tshark bats perl patch vim git pre-commit python3-yaml pkgconf
TIDY_DEPS := clang-format clang-tidy cppcheck shellcheck
BENCH_DEPS := ngrep

.DEFAULT_GOAL := all
PREFIX  ?= /usr/local
DESTDIR ?=
VARIANT ?=
B       := build$(if $(VARIANT),/$(VARIANT))

CC       ?= cc
CSTD      = -std=c11 -D_GNU_SOURCE -I. -I$(B)/gen
WARN      = -Wall -Wextra -Wshadow -Wpointer-arith -Wstrict-prototypes -Wmissing-prototypes -Wwrite-strings \
            -Wundef -Wvla -Wcast-qual -Wimplicit-fallthrough -Werror
# The sanitized variants are for finding faults: built quickly rather than made fast, with the lines a backtrace needs.
FAST      = $(if $(filter san tsan,$(VARIANT)),-O1 -g1,$(1) -g)
OPT       = $(call FAST,-O2)
SANITIZE_ = $(if $(filter san,$(VARIANT)),-fsanitize=address$(comma)undefined -fno-sanitize-recover=all -fno-omit-frame-pointer) \
            $(if $(filter tsan,$(VARIANT)),-fsanitize=thread -fno-omit-frame-pointer)
# Every test is a process: without relocations, and with the sanitizers linked in, one starts in three quarters of the time.
SAN_LDFLAGS = $(if $(filter san,$(VARIANT)),-no-pie $(if $(findstring clang,$(CC)),,-static-libasan -static-libubsan))
comma    := ,
LIBS      = -lpcre2-8 -lpthread
CLI_LIBS  = $(LIBS) -ljansson
Q         = $(if $(V),,@echo '  $@' && )
ALL_CFLAGS = $(CSTD) $(OPT) $(WARN) $(SANITIZE_) $(CFLAGS)

LIB_SRC  := $(wildcard grammar/*.c compiler/*.c vm/*.c vm/protocols/*.c runtime/*.c runtime/capture/*.c runtime/readers/*.c \
              runtime/writers/*.c runtime/workers/*.c)
CLI_SRC  := $(wildcard runtime/cli/*.c)
TEST_SRC := $(wildcard tests/*.c tests/unit/*.c tests/properties/*.c)
GEN_SRC  := $(B)/gen/lexer.c $(B)/gen/parser.c
LIB_OBJ  := $(LIB_SRC:%.c=$(B)/obj/%.o) $(GEN_SRC:%.c=%.o)
CLI_OBJ  := $(CLI_SRC:%.c=$(B)/obj/%.o)
# Of the command, what can be tested by itself.
TEST_OBJ := $(TEST_SRC:%.c=$(B)/obj/%.o) $(B)/obj/runtime/cli/spread.o
GENERATORS := $(patsubst tests/gen/%.c,$(B)/%,$(wildcard tests/gen/*.c))
GEN_OBJ    := $(patsubst %.c,$(B)/obj/%.o,$(wildcard tests/gen/common/*.c))
BENCHERS   := $(patsubst bench/%.c,$(B)/%,$(wildcard bench/*.c))
BENCH_OBJ  := $(patsubst %.c,$(B)/obj/%.o,$(wildcard bench/harness/*.c))
FUZZERS    := $(patsubst tests/fuzz/%.c,$(B)/fuzz-%,$(wildcard tests/fuzz/*.c))

EDITORS    := $(addprefix $(B)/editors/,syntax/sift.vim ftdetect/sift.vim ftplugin/sift.vim sift.tmLanguage.json)

.PHONY: all deps demo test bench bench-peers san fuzz tidy format install uninstall clean help
.DELETE_ON_ERROR:
.SECONDARY:

all: $(B)/pktsift $(B)/nmcap $(B)/libpktsift.a $(EDITORS) $(GENERATORS) $(BENCHERS)  ## build the command, the library, the generators

$(B)/pktsift: $(CLI_OBJ) $(B)/libpktsift.a
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $(CLI_OBJ) $(B)/libpktsift.a $(CLI_LIBS)
$(B)/nmcap: $(B)/pktsift
	@ln -sf pktsift $@
$(B)/libpktsift.a: $(LIB_OBJ)
	$(Q)rm -f $@ && ar rcs $@ $(LIB_OBJ)

# Generated code is compiled with our flags but without our warnings.
$(B)/gen/lexer.c: grammar/lexer.re
	@mkdir -p $(@D)
	$(Q)re2c --no-debug-info -W -Werror -o $@ $<
$(B)/gen/parser.c $(B)/gen/parser.h &: grammar/parser.y
	@mkdir -p $(@D)
	$(Q)cp grammar/parser.y $(B)/gen/parser.y && cd $(B)/gen && lemon -l parser.y
$(B)/gen/%.o: $(B)/gen/%.c $(B)/gen/parser.h
	$(Q)$(CC) $(CSTD) $(OPT) $(SANITIZE_) $(CFLAGS) -w -MMD -MP -c -o $@ $<
$(B)/obj/%.o: %.c | $(B)/gen/parser.h
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<
$(B)/obj/vm/%.o: OPT = $(call FAST,-O3)
$(B)/obj/tests/%.o: OPT = $(call FAST,-O1)
$(B)/obj/runtime/imports.o: CSTD += -DPKTSIFT_STD_FOLDER='"$(PREFIX)/share/pktsift/std"'
-include $(wildcard $(B)/*.d) $(shell find $(B)/obj $(B)/gen -name '*.d' 2>/dev/null)

# Syntax files of editors are made of templates and the tables.
$(B)/mkeditors: runtime/editors/mkeditors.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -MP $(LDFLAGS) -o $@ $<
$(B)/editors/syntax/sift.vim: runtime/editors/syntax.vim $(B)/mkeditors
$(B)/editors/sift.tmLanguage.json: runtime/editors/sift.tmLanguage.json $(B)/mkeditors
$(B)/editors/syntax/sift.vim $(B)/editors/sift.tmLanguage.json:
	@mkdir -p $(@D)
	$(Q)$(B)/mkeditors $< > $@
$(B)/editors/%/sift.vim: runtime/editors/%.vim
	@mkdir -p $(@D)
	$(Q)cp $< $@

# Generators and measuring programs stand alone: what they say is held against pktsift, so they share no code with it.
$(B)/obj/tests/gen/%.o: tests/gen/%.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<
$(B)/obj/bench/%.o: bench/%.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<
$(GENERATORS): $(B)/%: $(B)/obj/tests/gen/%.o $(GEN_OBJ)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^
$(BENCHERS): $(B)/%: $(B)/obj/bench/%.o $(BENCH_OBJ)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ -lpcap
$(B)/fuzz-%: tests/fuzz/%.c $(B)/libpktsift.a
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -MP $(LDFLAGS) -o $@ $< $(B)/libpktsift.a $(LIBS)
$(B)/unit-tests: $(TEST_OBJ) $(B)/libpktsift.a
	$(Q)$(CC) $(ALL_CFLAGS) $(SAN_LDFLAGS) $(LDFLAGS) -o $@ $(TEST_OBJ) $(B)/libpktsift.a $(LIBS) -lcriterion

# Builds use every core unless a -j was given.
PARALLEL = $(if $(findstring jobserver,$(MAKEFLAGS)),,-j$(shell nproc))

deps:  ## install the Debian packages that are missing, and nothing else
	@.ci/deps $(DEPS)

demo:  ## install, build, write sample captures, find one session in 31 files and show it
	@$(MAKE) -s deps
	@echo "building pktsift"
	@$(MAKE) -s $(PARALLEL) all > /dev/null
	@bash tests/demo.sh $(B)

test:  ## every test; the last line sums up
	@$(MAKE) -s $(PARALLEL) all $(B)/unit-tests
	@$(MAKE) -s $(PARALLEL) VARIANT=san build/san/unit-tests $(FUZZERS:$(B)/%=build/san/%)
	@$(MAKE) -s $(PARALLEL) VARIANT=tsan build/tsan/pktsift
	@B=$(B) bash tests/run.sh

san: $(GENERATORS)  ## the tests in C under the address and undefined sanitizers, scans under the thread sanitizer
	@$(MAKE) -s $(PARALLEL) VARIANT=san build/san/unit-tests
	@$(MAKE) -s $(PARALLEL) VARIANT=tsan build/tsan/pktsift
	@B=$(B) bash tests/run.sh san tsan

FUZZ_RUNS ?= 1000000
fuzz:  ## the fuzz drivers under the address sanitizer, FUZZ_RUNS (1000000) inputs each
	@$(MAKE) -s $(PARALLEL) VARIANT=san $(FUZZERS:$(B)/%=build/san/%)
	@set -e; for driver in $(FUZZERS:$(B)/%=build/san/%); do echo "$$driver $(FUZZ_RUNS)"; $$driver $(FUZZ_RUNS); done

# The captures stay, named by size, until their generator changes.
BENCH_MIXED ?= 2G
BENCH_CUT   ?= 1G
BENCH_PARTS ?= 2048M
BENCH_ONE   ?= 64M
BENCH_RUNS  ?= 5
BENCH_OUT   ?=
BENCH_DIR   ?= $(B)/bench
BENCH_SAID   = BENCH_MIXED=$(BENCH_MIXED) BENCH_CUT=$(BENCH_CUT) BENCH_PARTS=$(BENCH_PARTS) BENCH_ONE=$(BENCH_ONE) BENCH_RUNS=$(BENCH_RUNS)
BENCH_FILES  = $(addprefix $(BENCH_DIR)/,mixed-$(BENCH_MIXED).pcap cut68-$(BENCH_CUT).pcap parts-$(BENCH_PARTS) one-$(BENCH_ONE).pcap)
BENCH_NEEDS  = $(B)/pktsift $(BENCHERS) $(BENCH_FILES:%=%.counts)
bench: $(BENCH_NEEDS)  ## time the filters of bench/filters.txt, check the bars; see bench/README.md
bench-peers: $(BENCH_NEEDS)  ## the same, and every peer with every filter
bench bench-peers:
	@.ci/deps $(BENCH_DEPS)
	@$(B)/measure $(if $(filter bench-peers,$@),--peers) --runs $(BENCH_RUNS) --out '$(BENCH_OUT)' --command 'make $@ $(BENCH_SAID)' $(BENCH_FILES)
$(BENCH_DIR)/%.counts: $(B)/mkcapture
	@mkdir -p $(@D)
	$(B)/mkcapture $(if $(filter cut68-%,$*),cut68,mixed) $(@:.counts=) --size $(lastword $(subst -, ,$(*:.pcap=))) \
	    $(if $(filter parts-%,$*),--files 64) $(if $(filter mixed-%,$*),--start 20M) $(if $(filter cut68-%,$*),--start 4M)

OUR_C  = $(shell git ls-files -co --exclude-standard '*.c' '*.h')
OUR_SH = $(shell git ls-files -co --exclude-standard '*.sh') .ci/deps .ci/run
tidy: $(B)/gen/parser.h  ## layout, clang-tidy, cppcheck and shellcheck, all of them silent
	@.ci/deps $(TIDY_DEPS)
	@shellcheck -s bash -x -P SCRIPTDIR -S warning -e SC2034,SC2128,SC2178,SC2206 $(OUR_SH)
	@clang-format --dry-run -Werror $(OUR_C)
	@cppcheck -q --error-exitcode=1 --std=c11 --enable=warning,portability --inline-suppr -D_GNU_SOURCE -I. \
	    --suppress=ctunullpointer --suppress=shiftTooManyBitsSigned --suppress=compareBoolExpressionWithInt \
	    $(LIB_SRC) $(CLI_SRC) $(wildcard bench/*.c bench/harness/*.c tests/gen/*.c tests/gen/common/*.c)
	@printf '%s\n' $(LIB_SRC) $(CLI_SRC) | xargs -P$(shell nproc) -n4 \
	    sh -c 'clang-tidy --quiet --warnings-as-errors="*" "$$@" -- $(CSTD) 2> /dev/null' clang-tidy
format:  ## lay out our C as .clang-format says
	@clang-format -i $(OUR_C)

VIM_FOLDERS := syntax ftdetect ftplugin
install: all  ## install below $(DESTDIR)$(PREFIX)
	install -d $(addprefix $(DESTDIR)$(PREFIX)/,bin include lib/pkgconfig share/pktsift/std $(addprefix share/vim/vimfiles/,$(VIM_FOLDERS)))
	install $(B)/pktsift $(DESTDIR)$(PREFIX)/bin/pktsift
	ln -sf pktsift $(DESTDIR)$(PREFIX)/bin/nmcap
	install -m 644 $(B)/libpktsift.a $(DESTDIR)$(PREFIX)/lib/libpktsift.a
	install -m 644 runtime/pktsift.h $(DESTDIR)$(PREFIX)/include/pktsift.h
	install -m 644 $(wildcard runtime/std/*.sift) $(DESTDIR)$(PREFIX)/share/pktsift/std
	install -m 644 $(B)/editors/sift.tmLanguage.json $(DESTDIR)$(PREFIX)/share/pktsift
	for folder in $(VIM_FOLDERS); do \
	    install -m 644 $(B)/editors/$$folder/sift.vim $(DESTDIR)$(PREFIX)/share/vim/vimfiles/$$folder || exit; done
	printf '%s\n' 'Name: pktsift' 'Description: sifts capture files with NetMon-style filters' \
	    "Version: $$(sed -n 's/^#define PKS_VERSION "\(.*\)"/\1/p' runtime/pktsift.h)" \
	    'Cflags: -I$(PREFIX)/include' 'Libs: -L$(PREFIX)/lib -lpktsift $(LIBS)' \
	    > $(DESTDIR)$(PREFIX)/lib/pkgconfig/pktsift.pc
uninstall:  ## remove what install put there
	rm -rf $(DESTDIR)$(PREFIX)/share/pktsift
	rm -f $(addprefix $(DESTDIR)$(PREFIX)/,bin/pktsift bin/nmcap lib/libpktsift.a include/pktsift.h lib/pkgconfig/pktsift.pc \
	    $(VIM_FOLDERS:%=share/vim/vimfiles/%/sift.vim))

clean:  ## remove build/
	rm -rf build

help:  ## this list
	@sed -n 's/^\([a-z-]*\):.*  ## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14
