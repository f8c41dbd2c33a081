# mailreeve: build, run, test. "make help" lists the targets.
#
#   SANITIZE=address,undefined | thread   instrumented build (own build folder)
#   WERROR=1                              warnings are errors
#   V=1                                   show commands

VERSION := 1.0
PREFIX ?= /usr/local
SYSCONFDIR ?= $(if $(filter /usr,$(PREFIX)),/etc,$(PREFIX)/etc)
# "undefined" in a make that make calls: it inherits -R (below)
ifneq ($(filter default undefined,$(origin CC)),)
CC := cc
endif
AR := ar
SANITIZE ?=
comma := ,
B := .build$(if $(SANITIZE),/$(subst $(comma),-,$(SANITIZE)))

# Libraries: each is included by one source file (see t/check/layers.t).
PKGS := inih libpcre2-8 lmdb libidn2 libpsl jansson libcares libcrypto hiredis
# their headers only: loaded when they are needed
LOADED_PKGS := gmime-3.0 libzip
OPTIONAL_PKGS := hiredis_ssl
HAVE := $(foreach p,$(OPTIONAL_PKGS),$(shell pkg-config --exists $(p) 2>/dev/null && echo $(p)))
PKG_CFLAGS = $(shell pkg-config --cflags $(PKGS) $(LOADED_PKGS) $(HAVE) 2>/dev/null)
PKG_LIBS = $(shell pkg-config --libs $(PKGS) $(HAVE) 2>/dev/null)

WARN := -Wall -Wextra -Wshadow -Wpointer-arith -Wcast-qual -Wstrict-prototypes \
	-Wmissing-prototypes -Wsign-compare -Wwrite-strings -Wvla -Wformat=2 \
	-Wundef $(if $(WERROR),-Werror)
HARDEN := -fstack-protector-strong -fPIE $(if $(SANITIZE),,-D_FORTIFY_SOURCE=2)
CFLAGS ?= -O2 -g
ALL_CFLAGS = -std=c11 -D_GNU_SOURCE $(WARN) $(HARDEN) -pthread \
	$(if $(SANITIZE),-fsanitize=$(SANITIZE) -fno-omit-frame-pointer \
	    -fno-sanitize-recover=all) \
	-Imilter -I. $(PKG_CFLAGS) \
	-DHAVE_HIREDIS_SSL=$(if $(filter hiredis_ssl,$(HAVE)),1,0) \
	-DMAILREEVE_VERSION='"$(VERSION)"' \
	-DSYSCONFDIR='"$(SYSCONFDIR)"' -DPREFIX='"$(PREFIX)"' \
	$(CPPFLAGS) $(CFLAGS)
ALL_LDFLAGS = -pie -Wl,-z,relro,-z,now -pthread \
	$(if $(SANITIZE),-fsanitize=$(SANITIZE)) $(LDFLAGS)
LIBS = $(PKG_LIBS) -lmilter -lspf2 -lpthread -lm

# Every source but those with a main() goes into one archive.
MAINS := milter/daemon/main.c milter/tool/mailreevectl.c milter/tool/gendoc.c
SRCS := $(filter-out $(MAINS),$(wildcard milter/*/*.c policies/*.c))
OBJS := $(SRCS:%.c=$(B)/%.o)
LIB := $(B)/libmailreeve.a
PROGRAMS := $(B)/mailreeve $(B)/mailreevectl $(B)/gendoc

# Unit programs: t/unit/test_*.c, one program each, with cmocka.
UNITS := $(patsubst t/unit/%.c,$(B)/t/%,$(wildcard t/unit/test_*.c))
TEST_LIB_SRCS := $(wildcard t/lib/*.c)
TEST_LIB := $(B)/libtest.a
# Other test programs: t/tool/*.c (load generators, protocol clients).
TEST_TOOLS := $(patsubst t/tool/%.c,$(B)/t/%,$(wildcard t/tool/*.c))
# The programs with a wall clock that tests move (t/lib/moved_clock.c).
TEST_PROGRAMS := $(B)/t/mailreeve $(B)/t/mailreevectl
# Fuzz targets: t/fuzz/fuzz_NAME.c with a corpus in t/fuzz/corpus/NAME. Each
# is built with a plain driver for `check', and with libFuzzer for `fuzz'.
FUZZ ?= $(patsubst t/fuzz/fuzz_%.c,%,$(wildcard t/fuzz/fuzz_*.c))
FUZZ_SECONDS ?= 60
FUZZ_DRIVERS := $(FUZZ:%=$(B)/t/fuzz_%)
FUZZERS := $(FUZZ:%=$(B)/fuzz_%)
# Scripts that test: what the sources look like (once), and dialogue.
CHECKS := $(if $(SANITIZE),t/check/spf.t,$(wildcard t/check/*.t)) $(wildcard t/*.t)
FORMATTED := $(wildcard milter/*/*.[ch] policies/*.[ch] t/*/*.[ch])

Q := $(if $(V),,@)

.PHONY: all lib run tests check test bench fuzz install uninstall man format lint clean \
	help deps deps-test docs fuzzers bench-load bench-memory bench-postfix \
	bench-table bench-dns bench-store bench-state bench-content
# No built-in rules: looking for sources of each header took seconds.
MAKEFLAGS += -rR
.SUFFIXES:
.DEFAULT_GOAL := all

all: $(PROGRAMS)

help:
	@sed -n 's/^#: //p' $(firstword $(MAKEFILE_LIST))

# Flags are stored, so that other flags build anew.
$(B)/flags: FORCE
	@mkdir -p $(B)
	@echo '$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS)' | cmp -s - $@ || \
	    echo '$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS)' > $@
FORCE:

$(B)/%.o: %.c $(B)/flags
	@mkdir -p $(@D)
	@$(if $(V),,echo '  CC      $<')
	$(Q)$(CC) $(ALL_CFLAGS) $(CMOCKA_CFLAGS) -MMD -MP -c -o $@ $<

$(LIB): $(OBJS)
	@mkdir -p $(@D)
	@rm -f $@
	$(Q)$(AR) rcs $@ $(OBJS)

$(B)/mailreeve: $(B)/milter/daemon/main.o $(LIB)
$(B)/mailreevectl: $(B)/milter/tool/mailreevectl.o $(LIB)
$(B)/gendoc: $(B)/milter/tool/gendoc.o $(LIB)
$(PROGRAMS):
	@$(if $(V),,echo '  LINK    $@')
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o %.a,$^) $(LIBS)

$(B)/t/mailreeve: $(B)/milter/daemon/main.o $(LIB) $(TEST_LIB)
$(B)/t/mailreevectl: $(B)/milter/tool/mailreevectl.o $(LIB) $(TEST_LIB)
$(TEST_PROGRAMS):
	@$(if $(V),,echo '  LINK    $@')
	$(Q)$(CC) $(ALL_LDFLAGS) -Wl,--wrap=clock_gettime -o $@ \
	    $(filter %.o %.a,$^) $(LIBS)

$(B)/t/%: $(B)/t/unit/%.o $(TEST_LIB) $(LIB)
	@$(if $(V),,echo '  LINK    $@')
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o %.a,$^) -lcmocka $(LIBS)
$(B)/t/%: $(B)/t/bench/%.o $(TEST_LIB) $(LIB)
	@$(if $(V),,echo '  LINK    $@')
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o %.a,$^) $(LIBS)
$(B)/t/%: $(B)/t/tool/%.o $(TEST_LIB) $(LIB)
	@$(if $(V),,echo '  LINK    $@')
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o %.a,$^) $(LIBS)

$(B)/t/fuzz_%: $(B)/t/fuzz/fuzz_%.o $(B)/t/fuzz/driver.o $(TEST_LIB) $(LIB)
	@mkdir -p $(@D)
	@$(if $(V),,echo '  LINK    $@')
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o %.a,$^) $(LIBS)
$(B)/fuzz_%: $(B)/t/fuzz/fuzz_%.o $(TEST_LIB) $(LIB)
	@$(if $(V),,echo '  LINK    $@')
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o %.a,$^) $(LIBS)

$(B)/t/storecontract: LIBS += -lcmocka

$(TEST_LIB): $(TEST_LIB_SRCS:%.c=$(B)/%.o)
	@rm -f $@
	$(Q)$(AR) rcs $@ $^

lib: $(LIB)

# Every program that a test runs.
tests: $(PROGRAMS) $(UNITS) $(TEST_TOOLS) $(TEST_PROGRAMS) $(FUZZ_DRIVERS)

#: run        install what is missing, build, run in the foreground
run:
	@etc/install-packages build
	$(Q)$(MAKE) --no-print-directory all
	@etc/run-in-place $(B)

# Where "make install" puts things; DESTDIR goes in front.
BINDIR = $(DESTDIR)$(PREFIX)/sbin
MANDIR = $(DESTDIR)$(PREFIX)/share/man
SHAREDIR = $(DESTDIR)$(PREFIX)/share/mailreeve
CONFDIR = $(DESTDIR)$(SYSCONFDIR)/mailreeve
UNITDIR = $(DESTDIR)$(if $(filter /usr,$(PREFIX)),/lib,$(PREFIX)/lib)/systemd/system
UNITS_OF_SYSTEMD = $(notdir $(wildcard etc/*.service))
MANS = $(filter-out %.in,$(wildcard man/*.[0-9]))

#: install    to PREFIX (/usr/local), below DESTDIR if given
install: all
	install -d $(BINDIR) $(CONFDIR) $(SHAREDIR)/replies $(UNITDIR) \
	    $(MANDIR)/man5 $(MANDIR)/man7 $(MANDIR)/man8
	install -m 755 $(B)/mailreeve $(B)/mailreevectl $(BINDIR)
	install -m 644 etc/replies/*.ini $(SHAREDIR)/replies
	install -m 644 etc/*.example etc/mailreeve.sysusers $(SHAREDIR)
	for page in $(MANS); do \
	    install -m 644 $$page $(MANDIR)/man$${page##*.}; done
	for unit in $(UNITS_OF_SYSTEMD); do \
	    sed -e 's,@BINDIR@,$(PREFIX)/sbin,' \
	        -e 's,@CONFDIR@,$(SYSCONFDIR)/mailreeve,' \
	        etc/$$unit > $(UNITDIR)/$$unit; done
	if [ -e $(CONFDIR)/mailreeve.ini ]; then \
	    install -m 644 etc/mailreeve.ini $(CONFDIR)/mailreeve.ini.new; \
	else install -m 644 etc/mailreeve.ini $(CONFDIR); fi

#: uninstall  what install put there; the ini and the state stay
uninstall:
	rm -f $(BINDIR)/mailreeve $(BINDIR)/mailreevectl \
	    $(CONFDIR)/mailreeve.ini.new
	for unit in $(UNITS_OF_SYSTEMD); do rm -f $(UNITDIR)/$$unit; done
	for page in $(MANS); do \
	    rm -f $(MANDIR)/man$${page##*.}/$${page##*/}; done
	rm -rf $(SHAREDIR)

#: check      unit programs, fuzz corpora, rules of the house: seconds
check: tests
	$(Q)BUILD=$(B) prove -j2 -f -e '' $(UNITS) $(FUZZ_DRIVERS) $(CHECKS)

#: test       everything for real, also what has to be installed first
test:
	$(Q)t/run-tests

#: bench      what it costs, beside filters that do nothing; also one of
#:            bench-load bench-memory bench-postfix bench-table bench-dns
#:            bench-store bench-content bench-state (with rspamd, unpacked
#:            below .build)
bench: bench-load bench-memory bench-postfix bench-table bench-dns bench-store \
	bench-content bench-state
bench-content bench-state: bench-%:
	@etc/install-packages test
	$(Q)$(MAKE) --no-print-directory tests
	$(Q)BUILD=$(B) t/bench/bench_$*.py
bench-load bench-memory bench-postfix: bench-%:
	@etc/install-packages test
	$(Q)$(MAKE) --no-print-directory tests
	$(Q)BUILD=$(B) t/bench/bench.py $*
bench-dns: $(B)/mailreeve $(addprefix $(B)/t/,dnsd milterload nullmilter)
bench-table bench-dns bench-store: bench-%: $(B)/t/bench_%
	$(Q)$(B)/t/bench_$*
	$(Q)$(if $(filter dns,$*),BUILD=$(B) t/bench/bench_dns.py)

#: fuzz       every fuzz target for FUZZ_SECONDS (60); FUZZ=NAME for one
fuzz:
	$(Q)$(MAKE) --no-print-directory B=.build/fuzz CC=clang \
	    SANITIZE=fuzzer,address,undefined fuzzers
	$(Q)set -e; for name in $(FUZZ); do echo "  FUZZ    $$name"; \
	    mkdir -p .build/fuzz/corpus/$$name; \
	    .build/fuzz/fuzz_$$name -max_total_time=$(FUZZ_SECONDS) \
	    -timeout=10 -verbosity=0 -print_final_stats=1 \
	    -artifact_prefix=.build/fuzz/$$name- \
	    .build/fuzz/corpus/$$name t/fuzz/corpus/$$name \
	    > .build/fuzz/$$name.log 2>&1 || \
	    { tail -50 .build/fuzz/$$name.log; exit 1; }; \
	    grep -a number_of_executed .build/fuzz/$$name.log; done
fuzzers: $(FUZZERS)

#: docs       sample ini, native replies and manuals, from the tables
docs: $(B)/gendoc
	$(Q)$(B)/gendoc ini > etc/mailreeve.ini
	$(Q)$(B)/gendoc replies > etc/replies/mailreeve.ini
	$(Q)set -e; for page in man/*.in; do \
	    $(B)/gendoc man $$page > $${page%.in}; done

#: format     clang-format on every source
format:
	$(Q)clang-format -i $(FORMATTED)

#: lint       cppcheck and clang-tidy
# varFuncNullUB: POSIX wants NULL to be a pointer, so it may end arguments
lint:
	$(Q)cppcheck --quiet --error-exitcode=1 --std=c11 --inline-suppr \
	    --enable=warning,performance,portability -Imilter -I. \
	    -DHAVE_HIREDIS_SSL=0 --suppress=missingIncludeSystem \
	    --suppress=varFuncNullUB \
	    milter policies
	$(Q)clang-tidy --quiet --warnings-as-errors='*' \
	    $(filter-out t/%,$(filter %.c,$(FORMATTED))) -- $(ALL_CFLAGS) \
	    2> .build/lint.log || { cat .build/lint.log; exit 1; }

.SECONDARY:

-include $(shell find $(B)/milter $(B)/policies $(B)/t -name '*.d' -type f 2>/dev/null)

clean:
	rm -rf .build
