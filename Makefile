# crmprob: plain PGXS. The lists below are explicit, one name a line; a new
# file is added to its list, and `make test` fails when one is forgotten.
#
#   make demo            see it work; needs nothing installed beforehand
#   make test            everything; T="unit regress/stage" runs a part
#   make fuzz            each fuzz target for FUZZ_SECONDS (60)
#   make bench           the benchmarks; make bench-clv, bench-funnel,
#                        bench-model, bench-sales, bench-xgboost one
#   make, make install, make installcheck     as in any PGXS extension
EXTENSION = crmprob
# (PGXS owns the name VERSION.) The version is written in crmprob.control only
EXT_VERSION := $(shell sed -n "s/^default_version = '\(.*\)'/\1/p" \
	$(dir $(firstword $(MAKEFILE_LIST)))crmprob.control)

CORE = \
	activity \
	affinity \
	amount_estimation \
	assignment \
	bins \
	boost \
	bridge \
	calibration \
	care \
	chi_square \
	clv \
	clv_fit \
	clv_likelihood \
	clv_math \
	clv_predict \
	clv_sample \
	clv_text \
	comparison \
	convolution \
	counts \
	counts_text \
	cox \
	cox_model \
	customer_profile \
	datetime \
	deal_sum \
	decision_tree \
	digest \
	drift \
	duration \
	evaluation \
	evaluation_rows \
	explain \
	flow_chain \
	forest \
	funnel \
	funnel_definition \
	funnel_report \
	funnel_text \
	grouping \
	holdout \
	incomplete_gamma \
	journey \
	journey_text \
	json \
	lead \
	logistic \
	logistic_lambda \
	logistic_result \
	logrank \
	matching \
	model \
	model_check \
	model_print \
	model_text \
	money \
	mrr_bridge \
	normal \
	nps \
	number_label \
	opportunity \
	opportunity_history \
	pipeline \
	pooling \
	proportion \
	purchase_history \
	retention \
	revenue_forecast \
	rfm \
	sales_series \
	sbg \
	scorer \
	shrinkage \
	smoothing \
	stage \
	stage_flow \
	stage_flow_text \
	stage_list \
	survival \
	tally \
	threshold \
	tree_ahead \
	tree_ensemble \
	tree_evaluator \
	tree_histogram \
	tree_learner \
	tree_rule \
	tree_split \
	tree_text \
	treeshap \
	uncertain_amount \
	waterfall \
	xgboost

GLUE = \
	acquisition_sql \
	activity_sql \
	affinity_collect_sql \
	affinity_sql \
	amount_estimation_sql \
	assignment_sql \
	bridge_value \
	care_sql \
	clv_fit_sql \
	clv_predict_sql \
	clv_sql \
	commission_sql \
	compare_sql \
	counts_fit \
	counts_sql \
	cox_fit_sql \
	cox_sql \
	crmprob \
	cross_validate_sql \
	customer_profile_sql \
	dataset \
	dataset_cells \
	dataset_fit \
	dataset_score \
	deal_sum_sql \
	drift_sql \
	evaluation_rows_sql \
	evaluation_sql \
	explain_sql \
	feature_map \
	feature_type \
	fit_options \
	fit_sql \
	fixed_value \
	flow_chain_sql \
	funnel_collect_sql \
	funnel_definition_sql \
	funnel_report_sql \
	funnel_sql \
	grade_sql \
	import_xgboost_sql \
	journey_read_sql \
	journey_sql \
	lead_sql \
	list_value \
	logistic_design \
	logistic_path \
	logrank_sql \
	model_sql \
	model_value \
	mrr_bridge_sql \
	opportunity_history_sql \
	opportunity_sql \
	pipeline_sql \
	pool_fit \
	progress \
	proportion_sql \
	purchase_history_sql \
	query_rows \
	rates_sql \
	record_store \
	registry \
	registry_sql \
	retention_sql \
	revenue_forecast_sql \
	rfm_sql \
	rules_sql \
	sales_series_sql \
	satisfaction_sql \
	sbg_sql \
	score_columns_sql \
	score_sql \
	score_trigger_sql \
	smoothing_sql \
	stage_flow_sql \
	stage_forecast_sql \
	stage_sql \
	string_set \
	survival_sql \
	tally_value \
	target_sql \
	to_sql_sql \
	train_sql \
	training \
	training_model \
	tree_fit \
	value_counts_sql \
	velocity_sql \
	waterfall_sql \
	what_if_sql

INSTALL_PIECES = \
	00_head \
	10_stage \
	11_pipeline \
	12_opportunity \
	13_proportion \
	14_rates \
	20_journey \
	21_funnel_definition \
	22_funnel \
	23_stage_flow \
	24_velocity \
	25_opportunity_history \
	26_waterfall \
	27_live_funnel \
	28_funnel_report \
	2f_rfm \
	30_purchase_history \
	31_clv \
	32_clv_fit \
	33_retention \
	34_mrr_bridge \
	35_survival \
	36_cox \
	37_acquisition \
	40_evaluation \
	41_evaluation_rows \
	50_model \
	51_registry \
	52_score \
	53_train \
	54_score_trigger \
	55_score_columns \
	56_explain \
	57_grade \
	58_operation \
	59_honesty \
	5a_naive_bayes \
	5b_as_of \
	5c_portability \
	60_revenue_forecast \
	61_stage_forecast \
	62_sales_series \
	63_target \
	64_commission \
	65_priorities \
	66_assignment \
	67_lead \
	68_activity \
	69_affinity \
	6a_satisfaction \
	6b_care \
	6c_amount_estimation \
	6d_customer_profile \
	6e_at_risk

REGRESS = \
	acquisition \
	activity \
	affinity \
	amount_estimation \
	as_of \
	assignment \
	at_risk \
	care \
	clv \
	commission \
	cox \
	crmprob \
	customer_profile \
	evaluation \
	evaluation_rows \
	explain \
	fit \
	funnel \
	funnel_definition \
	funnel_report \
	honesty \
	journey \
	lead \
	live_funnel \
	model \
	mrr_bridge \
	naive_bayes \
	operation \
	opportunity \
	opportunity_history \
	pipeline \
	pooling \
	portability \
	priorities \
	proportion \
	purchase_history \
	rates \
	retention \
	revenue_forecast \
	rfm \
	sales_series \
	satisfaction \
	score \
	score_columns \
	score_trigger \
	stage \
	stage_flow \
	stage_forecast \
	survival \
	target \
	train \
	trees \
	velocity \
	waterfall

# test/isolation/specs/<name>.spec
ISOLATION = \
	live_funnel \
	promote \
	retrain

# test/pgtap/<name>.sql
PGTAP = \
	acquisition_data \
	activity \
	affinity \
	affinity_data \
	amount_estimation \
	amount_estimation_data \
	assignment \
	calibration_data \
	care \
	catalog \
	churn_data \
	clv \
	clv_data \
	commission \
	customer_data \
	customer_profile \
	demo \
	explain \
	funnel \
	funnel_bad_input \
	funnel_properties \
	honesty_data \
	journey_plan \
	lead \
	lead_data \
	limits \
	model \
	model_bad_input \
	model_bytes \
	model_data \
	opportunity \
	priorities \
	proportion \
	purchase_history \
	real_data \
	retention \
	revenue_forecast \
	rights \
	sales_series \
	sales_series_data \
	satisfaction \
	stage \
	stage_flow \
	stage_forecast_data \
	survival \
	survival_data \
	text_forms \
	trees_data \
	waterfall

# test/tap/<name>.t
TAP = \
	001_dump_restore \
	002_replica \
	003_catalog_rules \
	004_crash \
	005_model_dump \
	006_score_replica \
	007_model_bytes \
	008_encodings \
	010_upgrade \
	020_live_funnel \
	030_funnel_cancel \
	031_clv_cancel \
	032_sales_cancel \
	033_customer_cancel \
	040_nightly_retrain \
	041_training_cancel \
	042_training_traces \
	043_training_memory

# test/unit/<name>_test.c
UNIT = \
	activity \
	affinity \
	amount_estimation \
	assignment \
	bins \
	bytes \
	calibration \
	care \
	clv_fit \
	clv_math \
	clv_predict \
	clv_sample \
	comparison \
	counts \
	cox \
	customer_profile \
	datetime \
	digest \
	drift \
	duration \
	evaluation \
	evaluation_rows \
	explain \
	flow_chain \
	funnel \
	funnel_report \
	grouping \
	holdout \
	journey \
	json \
	lead \
	logistic \
	matching \
	model \
	money \
	normal \
	nps \
	number_label \
	opportunity \
	pipeline \
	pooling \
	proportion \
	purchase_history \
	retention \
	revenue_forecast \
	rfm \
	sales_series \
	shrinkage \
	stage \
	stage_flow \
	survival \
	threshold \
	tree_ensemble \
	tree_learner \
	tree_rule \
	treeshap \
	waterfall \
	xgboost

# test/fuzz/<name>_fuzz.c, with seeds in test/fuzz/corpus/<name>/
FUZZ = \
	activity \
	affinity \
	clv \
	datetime \
	evaluation \
	funnel \
	journey \
	json \
	model \
	nps \
	opportunity \
	opportunity_history \
	pipeline \
	proportion \
	purchase_history \
	retention \
	revenue_forecast \
	rfm \
	sales_series \
	stage \
	stage_flow \
	survival \
	tree_ensemble \
	waterfall \
	xgboost

# executables under bench/, run in this order
BENCH = \
	clv \
	funnel \
	model \
	sales \
	score.sh \
	survival \
	xgboost.sh

runner_goals = test demo fuzz format bench bench-clv bench-funnel bench-model bench-sales \
	bench-xgboost
program_goals = unit-programs fuzz-programs

ifneq ($(filter $(runner_goals),$(MAKECMDGOALS)),)
# These come before PGXS is looked for: it may have to be installed first.
include $(dir $(firstword $(MAKEFILE_LIST)))tools/goals.mk
else ifneq ($(filter $(program_goals) print-%,$(MAKECMDGOALS)),)
include $(dir $(firstword $(MAKEFILE_LIST)))tools/programs.mk
else

MODULE_big = crmprob
OBJS = $(CORE:%=src/core/%.o) $(GLUE:%=src/pg/%.o)
install_script = crmprob--$(EXT_VERSION).sql
DATA_built = $(install_script)
DATA = $(patsubst $(srcdir)/%,%,$(wildcard $(srcdir)/sql/upgrade/*.sql))
PG_CPPFLAGS = -I$(srcdir)/src/core -I$(srcdir)/src/pg \
	-DCRMPROB_VERSION='"$(EXT_VERSION)"'
# no fused multiply-add: the same bits on every processor
PG_CFLAGS = -std=gnu99 -ffp-contract=off -Wno-declaration-after-statement \
	-fno-semantic-interposition
SHLIB_LINK = -lm
EXTRA_CLEAN = crmprob--*.sql
REGRESS_OPTS = --load-extension=crmprob
ISOLATION_OPTS = --load-extension=crmprob --inputdir=$(srcdir)/test/isolation
# headers rebuild what includes them, also where the server was built without
override autodepend = yes

PG_CONFIG ?= pg_config
PGXS := $(shell $(PG_CONFIG) --pgxs)
include $(PGXS)

# core is called from within only: direct calls, not through the PLT
$(CORE:%=src/core/%.o): override CFLAGS += -fvisibility=hidden

# the Makefile is a prerequisite: a piece taken off the list is noticed
$(install_script): $(INSTALL_PIECES:%=$(srcdir)/sql/install/%.sql) \
		$(srcdir)/Makefile $(srcdir)/crmprob.control
	cat $(filter %.sql,$^) > $@

# their inner loops are worth vectorising
src/core/logistic.o: override CFLAGS += -O3
src/core/cox.o: override CFLAGS += -O3
# the inner loops of scoring and of training: 10 % faster than with -O2
src/core/tree_evaluator.o: override CFLAGS += -O3
src/core/boost.o: override CFLAGS += -O3

# the version is compiled in
src/pg/crmprob.o: $(srcdir)/crmprob.control

# A VPATH build starts in an empty directory; a rule for the directories would
# find those of the source through VPATH and not fire.
ifneq ($(srcdir),.)
$(shell mkdir -p $(sort $(dir $(OBJS))))
endif

# bitcode has no dependency files of its own
$(OBJS:.o=.bc): %.bc: %.o

endif
