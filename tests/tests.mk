# Tests, checks, benchmarks and fuzzing; included by the Makefile.

TESTBUILD = $(BUILD)/tests
UNITS = $(patsubst tests/unit/%.c,$(TESTBUILD)/%,$(wildcard tests/unit/test_*.c))
TOOLS = $(TESTBUILD)/exporter $(TESTBUILD)/mkstream $(TESTBUILD)/genstream $(TESTBUILD)/hostile $(TESTBUILD)/measure \
	$(TESTBUILD)/failcall $(TESTBUILD)/failalloc.so $(TESTBUILD)/dieat.so
FUZZERS = $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
# All of the programs but their main.c, and what unit tests share.
PARTS = $(filter-out %/main.o,$(foreach d,$(PROGRAMS),$(call objects,$(d)))) \
	$(patsubst tests/unit/%.c,$(BUILD)/obj/tests/unit/%.o,$(filter-out tests/unit/test_%,$(wildcard tests/unit/*.c)))
INCLUDES = -Iftp-read -Iftp-merge -Iftp-write -Iftp-stat -Iftp-split -Itests/unit

$(BUILD)/obj/tests/%.o: override CPPFLAGS += $(INCLUDES)

$(TESTBUILD)/parts.a: $(sort $(PARTS))
	@mkdir -p $(@D)
	$(call show,AR,$@)rm -f $@ && $(AR) rcs $@ $^

$(UNITS): $(TESTBUILD)/%: $(BUILD)/obj/tests/unit/%.o $(TESTBUILD)/parts.a
	$(call show,LD,$@)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -lcmocka -lcsv -lz -lpthread -lm

$(TESTBUILD)/exporter: $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard tests/exporter/*.c))
	@mkdir -p $(@D)
	$(call show,LD,$@)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -lm

$(TESTBUILD)/mkstream $(TESTBUILD)/genstream $(TESTBUILD)/hostile $(TESTBUILD)/measure $(TESTBUILD)/failcall: \
	$(TESTBUILD)/%: $(BUILD)/obj/tests/%.o $(TESTBUILD)/parts.a
	$(call show,LD,$@)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -lz

$(TESTBUILD)/%.so: tests/%.c
	@mkdir -p $(@D)
	$(call show,CC,$<)$(CC) -D_GNU_SOURCE -std=c11 $(WARNINGS) -O2 -fPIC -shared -o $@ $< -ldl

# Without clang, the corpus is replayed through the same targets.
$(TESTBUILD)/replay_%: $(BUILD)/obj/tests/fuzz/%.o $(BUILD)/obj/tests/fuzz/replay.o $(TESTBUILD)/parts.a
	$(call show,LD,$@)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -lcsv -lz -lpthread -lm

build-tests: all $(UNITS) $(TOOLS) $(FUZZERS:fuzz_%=$(TESTBUILD)/replay_fuzz_%)

# TESTS=tests/ftp-write.bats runs only that one.
test: deps-test
	$(MAKE) build-tests
	BUILD="$$(realpath $(BUILD))" ./tests/run.sh $(TESTS)

# nfdump of the Debian releases before and after, for the tests that compare them.
nfdumps:
	./tests/get-nfdumps.sh build/nfdump

lint: deps-test
	./tests/lint.sh

bench: deps-test
	$(MAKE) all $(TOOLS)
	BUILD="$$(realpath $(BUILD))" ./tests/bench.sh

FUZZ_SECONDS = 60
fuzz: deps-test
	./tests/fuzz/run.sh $(FUZZ_SECONDS) $(FUZZERS)

.PHONY: build-tests test nfdumps lint bench fuzz
.SECONDARY:
