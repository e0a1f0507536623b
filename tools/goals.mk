# The goals a newcomer uses. They install what is missing, PGXS included, so
# they are read instead of PGXS; tools/<goal> does the work.
.PHONY: $(runner_goals)
export PG_CONFIG T DATA KEEP FUZZ_SECONDS
$(runner_goals):
	@$(dir $(firstword $(MAKEFILE_LIST)))tools/$@
