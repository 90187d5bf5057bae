# ftprofiler: make, make demo, make install, make test, make lint, make bench, make fuzz, make deb, make rpm
#
# Everything that is built goes below build/; SANITIZE=address,undefined has a directory of its own.  V=1 shows the
# commands.

VERSION = 1.1.0
PREFIX = /usr/local
BINDIR = $(PREFIX)/bin
MANDIR = $(PREFIX)/share/man
COMPLETIONDIR = $(PREFIX)/share/bash-completion/completions

MAKEFLAGS += --no-print-directory
BUILD = build$(if $(SANITIZE),/sanitized)$(if $(filter clang%,$(notdir $(CC))),/clang)
CFLAGS = -O2 -g
WARNINGS = -Wall -Wextra -Wpedantic -Wshadow -Wconversion $(if $(DEV),-Werror)
HARDENING = -fstack-protector-strong -fstack-clash-protection -fPIE \
	$(if $(SANITIZE),,-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
override CFLAGS += -std=c11 $(WARNINGS) $(HARDENING)
override CPPFLAGS += -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -DVERSION='"$(VERSION)"' -Icommon -MMD -MP
override LDFLAGS += -pie -Wl,-z,relro,-z,now
ifdef SANITIZE
override CFLAGS += -fsanitize=$(SANITIZE) -fno-sanitize-recover=all -fno-omit-frame-pointer
endif

PROGRAMS = ftp-read ftp-merge ftp-write ftp-stat ftp-split ftp-chain
LIBS_ftp-read = -lcsv -lz
LIBS_ftp-merge = -lz
LIBS_ftp-write = -lz -lpthread
LIBS_ftp-stat = -lcsv -lz -lm
LIBS_ftp-split = -lz
LIBS_ftp-chain = -lz
SCRIPTS = ftprofiler ftprofiler-parallel
MANPAGES = ftprofiler.1 ftprofiler-parallel.1 ftp-read.1 ftp-merge.1 ftp-write.1 ftp-stat.1 ftp-split.1 ftp-chain.1 ftp-stream.5 ftprofiler.7

# $(call show,CC,FILE) begins a line of a recipe: it is shown as that, or as what it is with V=1.
show = $(if $(V),,@echo '$(1) $(2)';)

objects = $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard common/*.c $(1)/*.c))

all: $(PROGRAMS:%=$(BUILD)/%) $(SCRIPTS:%=$(BUILD)/%)

define program
$(BUILD)/$(1): $$(call objects,$(1))
	$$(call show,LD,$$@)$$(CC) $$(CFLAGS) $$(LDFLAGS) -o $$@ $$^ $$(LIBS_$(1))
endef
$(foreach p,$(PROGRAMS),$(eval $(call program,$(p))))

$(BUILD)/obj/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(call show,CC,$<)$(CC) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

$(SCRIPTS:%=$(BUILD)/%): $(BUILD)/%: % Makefile
	@mkdir -p $(@D)
	$(call show,SED,$@)sed 's/@VERSION@/$(VERSION)/' $< >$@.tmp && chmod 755 $@.tmp && mv $@.tmp $@

-include $(shell find $(BUILD)/obj -name "*.d" 2>/dev/null)

# What building and running need, and in addition what the tests need: installed on Debian and Ubuntu where it is
# missing.
deps:
	@./packaging/deps.sh build

deps-test:
	@./packaging/deps.sh build test

demo: deps
	@echo 'Building (some seconds)'
	@$(MAKE) all
	@./demo/demo.sh $(BUILD)

install: all
	install -d "$(DESTDIR)$(BINDIR)" "$(DESTDIR)$(MANDIR)/man1" "$(DESTDIR)$(MANDIR)/man5" \
		"$(DESTDIR)$(MANDIR)/man7"
	install $(PROGRAMS:%=$(BUILD)/%) $(SCRIPTS:%=$(BUILD)/%) "$(DESTDIR)$(BINDIR)"
	install -m 644 $(addprefix man/,$(filter %.1,$(MANPAGES))) "$(DESTDIR)$(MANDIR)/man1"
	install -m 644 $(addprefix man/,$(filter %.5,$(MANPAGES))) "$(DESTDIR)$(MANDIR)/man5"
	install -m 644 $(addprefix man/,$(filter %.7,$(MANPAGES))) "$(DESTDIR)$(MANDIR)/man7"
	install -D -m 644 completion/ftprofiler "$(DESTDIR)$(COMPLETIONDIR)/ftprofiler"
	for p in $(PROGRAMS) ftprofiler-parallel; do ln -sf ftprofiler "$(DESTDIR)$(COMPLETIONDIR)/$$p"; done

uninstall:
	for p in $(PROGRAMS) $(SCRIPTS); do rm -f "$(DESTDIR)$(BINDIR)/$$p" "$(DESTDIR)$(COMPLETIONDIR)/$$p"; done
	for page in $(filter %.1,$(MANPAGES)); do rm -f "$(DESTDIR)$(MANDIR)/man1/$$page"; done
	for page in $(filter %.5,$(MANPAGES)); do rm -f "$(DESTDIR)$(MANDIR)/man5/$$page"; done
	for page in $(filter %.7,$(MANPAGES)); do rm -f "$(DESTDIR)$(MANDIR)/man7/$$page"; done

# Packages, in build/.
deb:
	@./packaging/deps.sh build deb
	@echo 'Building the package, and checking it with lintian'
	@./packaging/make-deb.sh $(VERSION) build

rpm:
	@./packaging/deps.sh build rpm
	@echo 'Building the packages'
	@./packaging/make-rpm.sh $(VERSION) build

clean:
	rm -rf build

include tests/tests.mk

.PHONY: all deps deps-test demo install uninstall deb rpm clean
