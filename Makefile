# crmprob: plain PGXS. The lists below are explicit; a new file is added here.
# `make demo` and `make test` are all a newcomer needs; `make install` and
# `make installcheck` work as in any PGXS extension.
EXTENSION = crmprob
# (PGXS owns the name VERSION.) The version is written in crmprob.control only
EXT_VERSION := $(shell sed -n "s/^default_version = '\(.*\)'/\1/p" \
	$(or $(wildcard crmprob.control),$(dir $(firstword $(MAKEFILE_LIST)))crmprob.control))

CORE = \
	datetime \
	json \
	stage

GLUE = \
	crmprob \
	stage_sql

INSTALL_PIECES = \
	00_head \
	10_stage

REGRESS = \
	crmprob \
	stage

MODULE_big = crmprob
OBJS = $(CORE:%=src/core/%.o) $(GLUE:%=src/pg/%.o)
DATA_built = crmprob--$(EXT_VERSION).sql
DATA = $(notdir $(wildcard $(srcdir)/sql/upgrade/*.sql))
PG_CPPFLAGS = -I$(srcdir)/src/core -I$(srcdir)/src/pg \
	-DCRMPROB_VERSION='"$(EXT_VERSION)"'
# no fused multiply-add: the same bits on every processor
PG_CFLAGS = -std=gnu99 -ffp-contract=off -Wno-declaration-after-statement
SHLIB_LINK = -lm
EXTRA_CLEAN = crmprob--*.sql

PG_CONFIG ?= pg_config
PGXS := $(shell $(PG_CONFIG) --pgxs)
include $(PGXS)

crmprob--$(EXT_VERSION).sql: $(INSTALL_PIECES:%=$(srcdir)/sql/install/%.sql)
	cat $^ > $@
