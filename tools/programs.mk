# Programs that link src/core alone: unit tests and fuzz targets, under the
# address and undefined-behaviour sanitizers. Called by tools/test and
# tools/fuzz with OUT (where to build) and CLANG (which clang).
src := $(patsubst %/,%,$(dir $(firstword $(MAKEFILE_LIST))))
OUT ?= $(src)/build
CC = gcc
CLANG ?= clang
common_flags = -std=c99 -g -O1 -Wall -Wextra -Werror -ffp-contract=off \
	-fno-omit-frame-pointer -fno-sanitize-recover=all -MMD -MP \
	-I$(src)/src/core -I$(src)/test/unit
unit_flags = $(common_flags) -fsanitize=address,undefined
fuzz_flags = $(common_flags) -fsanitize=fuzzer-no-link,address,undefined

unit_objs = $(CORE:%=$(OUT)/unit/core/%.o)
fuzz_objs = $(CORE:%=$(OUT)/fuzz/core/%.o)

.PHONY: unit-programs fuzz-programs
unit-programs: $(UNIT:%=$(OUT)/unit/%_test)
fuzz-programs: $(FUZZ:%=$(OUT)/fuzz/%_fuzz)

$(OUT)/unit/core/%.o: $(src)/src/core/%.c $(src)/tools/programs.mk
	@mkdir -p $(@D)
	$(CC) $(unit_flags) -c -o $@ $<

$(OUT)/fuzz/core/%.o: $(src)/src/core/%.c $(src)/tools/programs.mk
	@mkdir -p $(@D)
	$(CLANG) $(fuzz_flags) -c -o $@ $<

$(OUT)/unit/%_test.o: $(src)/test/unit/%_test.c $(src)/tools/programs.mk
	@mkdir -p $(@D)
	$(CC) $(unit_flags) -c -o $@ $<

$(OUT)/fuzz/%_fuzz.o: $(src)/test/fuzz/%_fuzz.c $(src)/tools/programs.mk
	@mkdir -p $(@D)
	$(CLANG) $(fuzz_flags) -c -o $@ $<

$(OUT)/unit/%_test: $(OUT)/unit/%_test.o $(unit_objs)
	$(CC) $(unit_flags) -o $@ $^ -lm

$(OUT)/fuzz/%_fuzz: $(OUT)/fuzz/%_fuzz.o $(fuzz_objs)
	$(CLANG) $(common_flags) -fsanitize=fuzzer,address,undefined -o $@ $^ -lm

.SECONDARY:
-include $(wildcard $(OUT)/unit/*.d $(OUT)/unit/core/*.d \
	$(OUT)/fuzz/*.d $(OUT)/fuzz/core/*.d)

# print-REGRESS and the like tell the runner the lists
print-%:
	@echo $($*)
