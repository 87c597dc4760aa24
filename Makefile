# Apprentice: alignment from demonstrations as Unix pipelines.
#   make, make check [SAN=1], make lint, make format, make demo, make bench,
#   make install, make uninstall, make dist (install.mk), make clean
# A fresh Debian is prepared by ./bootstrap, which then calls this.

# What a user may set.
CC = cc
CFLAGS = -O3 -g
PREFIX = /usr/local
DESTDIR =
# SAN=1: address and undefined behaviour sanitizers; SAN=thread: the thread sanitizer.
# WERROR=1: warnings are errors.
SAN =
WERROR =
B = build$(if $(SAN),/san$(addprefix -,$(SAN:1=)))

# What is found.  Debian 12 calls msgpack-c "msgpack"; later it is "msgpack-c".
MSGPACK := $(shell pkg-config --exists msgpack-c && echo msgpack-c || echo msgpack)
# OpenBLAS is not linked but loaded when it is used (lib/tensor/gemm.c).
PKGS := $(MSGPACK) libarchive libpcre2-8 libutf8proc libxxhash jansson
PKG_CFLAGS := $(shell pkg-config --cflags $(PKGS) openblas libmicrohttpd)
PKG_LIBS := $(shell pkg-config --libs $(PKGS))

# What exists: a new file needs no edit here.
LIB := $(patsubst %.c,$(B)/%.o,$(wildcard lib/*/*.c))
TOOLS := $(patsubst tools/%.c,$(B)/bin/%,$(wildcard tools/*.c))
UNITS := $(patsubst tests/unit/%.c,$(B)/unit/%,$(wildcard tests/unit/*.c))
BENCH := $(patsubst tests/bench/%.c,$(B)/bench/%,$(wildcard tests/bench/*.c))
MAN := $(wildcard man/*.[157])
FORMATTED := $(wildcard lib/*/*.[ch] tools/*.c tests/*.[ch] tests/*/*.[ch])

# Rows of tables leave out what does not apply to them.
WARN = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wdouble-promotion \
	-Wunused-result -Wno-missing-field-initializers $(if $(WERROR),-Werror)
SANFLAGS = $(if $(SAN),-fsanitize=$(SAN:1=address$(COMMA)undefined) -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
COMMA = ,
ALL_CFLAGS = -std=c11 -D_GNU_SOURCE -Ilib -I. $(WARN) $(PKG_CFLAGS) -fno-math-errno -fno-trapping-math $(CFLAGS) $(SANFLAGS) -pthread
LIBS = $(PKG_LIBS) -lm -ldl -pthread
# Only what serves is linked with the HTTP library.
$(B)/bin/serve: LIBS += $(shell pkg-config --libs libmicrohttpd)

# How it is made; V=1 shows the commands.  Products and sums become multiply-adds in one file alone.
$(B)/lib/tensor/tile.o: ALL_CFLAGS += -ffp-contract=fast
all: $(TOOLS) $(B)/bin/apprentice

say = $(if $(V),$2,@printf '  %s\n' '$1' && $2)

$(B)/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(call say,CC $<,$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<)

$(B)/lib.a: $(LIB)
	@rm -f $@
	$(call say,AR $@,$(AR) rcs $@ $(LIB))

$(B)/bin/%: $(B)/tools/%.o $(B)/lib.a
	@mkdir -p $(@D)
	$(call say,LD $@,$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS))

# The front door finds pipelines/ by the link.
$(B)/bin/apprentice: pipelines/apprentice
	@mkdir -p $(@D)
	@ln -sf $(abspath $<) $@

$(B)/unit/%: $(B)/tests/unit/%.o $(B)/tests/naive.o $(B)/tests/models.o \
		$(B)/tests/fixture.o $(B)/lib.a
	@mkdir -p $(@D)
	$(call say,LD $@,$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS))

$(B)/bench/%: $(B)/tests/bench/%.o $(B)/lib.a
	@mkdir -p $(@D)
	$(call say,LD $@,$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS))

# What shells complete, and what is installed.
include install.mk

# Tests: C programs and shell scripts, one runner.
check: all $(UNITS) $(COMPLETION)
	BIN=$(abspath $(B)/bin) OBJ=$(abspath $(B)) SAN=$(SAN) \
		prove -j$(shell nproc) $(UNITS) $(wildcard tests/*.t tests/*/*.t)

# Static analysis, and the layout that .clang-format asks for.
lint:
	@clang-format --dry-run -Werror $(FORMATTED)
	@tests/lint/run -std=c11 -D_GNU_SOURCE -Ilib -I. $(PKG_CFLAGS)

format:
	@clang-format -i $(FORMATTED)

demo: all
	PATH=$(abspath $(B)/bin):$$PATH examples/demo $(B)/demo

bench: all $(BENCH)
	PATH=$(abspath $(B)/bin):$$PATH tests/bench/run $(abspath $(B))

clean:
	rm -rf $(B)

.DELETE_ON_ERROR:
.PHONY: all check lint format demo bench clean
.SECONDARY:
-include $(shell find $(B) -type f -name '*.d' 2>/dev/null)
