# pktsift: `make help` lists the targets.  Everything made lands in build/ (or build/<variant>/), nothing else is written.
#
# Sources are found by wildcard: a new .c file in grammar/ compiler/ vm/ runtime/ belongs to the library at once, one in
# runtime/cli/ to the command, one in tests/unit/ or tests/properties/ to the test program.

.DEFAULT_GOAL := all
PREFIX  ?= /usr/local
DESTDIR ?=
VARIANT ?=
B       := build$(if $(VARIANT),/$(VARIANT))

CC       ?= cc
CSTD      = -std=c11 -D_GNU_SOURCE -I. -I$(B)/gen
WARN      = -Wall -Wextra -Wshadow -Wpointer-arith -Wstrict-prototypes -Wmissing-prototypes -Wwrite-strings \
            -Wundef -Wvla -Wcast-qual -Wimplicit-fallthrough -Werror
OPT       = -O2 -g
SANITIZE_ = $(if $(filter san,$(VARIANT)),-fsanitize=address$(comma)undefined -fno-sanitize-recover=all -fno-omit-frame-pointer) \
            $(if $(filter tsan,$(VARIANT)),-fsanitize=thread -fno-omit-frame-pointer)
comma    := ,
LIBS      = -lpcre2-8 -lpthread
ALL_CFLAGS = $(CSTD) $(OPT) $(WARN) $(SANITIZE_) $(CFLAGS)

LIB_SRC  := $(wildcard grammar/*.c compiler/*.c vm/*.c runtime/*.c runtime/capture/*.c runtime/readers/*.c \
              runtime/writers/*.c runtime/workers/*.c runtime/analysis/*.c)
CLI_SRC  := $(wildcard runtime/cli/*.c)
TEST_SRC := $(wildcard tests/*.c tests/unit/*.c tests/properties/*.c)
GEN_SRC  := $(B)/gen/lexer.c $(B)/gen/parser.c
LIB_OBJ  := $(LIB_SRC:%.c=$(B)/obj/%.o) $(GEN_SRC:%.c=%.o)
CLI_OBJ  := $(CLI_SRC:%.c=$(B)/obj/%.o)
TEST_OBJ := $(TEST_SRC:%.c=$(B)/obj/%.o)
TOOLS    := $(patsubst tests/gen/%.c,$(B)/%,$(wildcard tests/gen/*.c)) \
            $(patsubst bench/%.c,$(B)/%,$(wildcard bench/*.c))
FUZZERS  := $(patsubst tests/fuzz/%.c,$(B)/fuzz-%,$(wildcard tests/fuzz/*.c))

.PHONY: all deps demo test bench san fuzz tidy install uninstall clean help
.DELETE_ON_ERROR:
.SECONDARY:

all: $(B)/pktsift $(B)/nmcap $(B)/libpktsift.a $(TOOLS)  ## build the command, the library and the generators

$(B)/pktsift: $(CLI_OBJ) $(B)/libpktsift.a
	$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $(CLI_OBJ) $(B)/libpktsift.a $(LIBS)
$(B)/nmcap: $(B)/pktsift
	ln -sf pktsift $@
$(B)/libpktsift.a: $(LIB_OBJ)
	rm -f $@ && ar rcs $@ $(LIB_OBJ)

# Generated code is compiled with our flags but without our warnings.
$(B)/gen/lexer.c: grammar/lexer.re
	@mkdir -p $(@D)
	re2c --no-debug-info -W -Werror -o $@ $<
$(B)/gen/parser.c $(B)/gen/parser.h &: grammar/parser.y
	@mkdir -p $(@D)
	cp grammar/parser.y $(B)/gen/parser.y
	cd $(B)/gen && lemon -l parser.y
$(B)/gen/%.o: $(B)/gen/%.c $(B)/gen/parser.h
	$(CC) $(CSTD) $(OPT) $(SANITIZE_) $(CFLAGS) -w -MMD -MP -c -o $@ $<
$(B)/obj/%.o: %.c | $(B)/gen/parser.h
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<
$(B)/obj/vm/%.o: OPT = -O3 -g
-include $(LIB_OBJ:.o=.d) $(CLI_OBJ:.o=.d) $(TEST_OBJ:.o=.d) $(TOOLS:=.d)

# Generators and measuring programs: one .c file each, linked with the library.
$(B)/%: tests/gen/%.c $(B)/libpktsift.a
	$(CC) $(ALL_CFLAGS) -MMD -MP $(LDFLAGS) -o $@ $< $(B)/libpktsift.a $(LIBS) -lpcap
$(B)/%: bench/%.c $(B)/libpktsift.a
	$(CC) $(ALL_CFLAGS) -MMD -MP $(LDFLAGS) -o $@ $< $(B)/libpktsift.a $(LIBS) -lpcap
$(B)/fuzz-%: tests/fuzz/%.c $(B)/libpktsift.a
	$(CC) $(ALL_CFLAGS) -MMD -MP $(LDFLAGS) -o $@ $< $(B)/libpktsift.a $(LIBS)
$(B)/unit-tests: $(TEST_OBJ) $(B)/libpktsift.a
	$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $(TEST_OBJ) $(B)/libpktsift.a $(LIBS) -lcriterion

clean:  ## remove build/
	rm -rf build

help:  ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14
