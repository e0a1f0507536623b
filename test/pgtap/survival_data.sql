-- Survival, Cox regression and retention of published data against known
-- answers. The files are not part of the project: they are looked for in
-- ../shared/data beside the clone, and where they are missing this says so and
-- tests nothing else. Known answers: R's survival 3.5-3 (survfit, survdiff,
-- coxph), lifelines' tests for rossi; of the retention of cdnow_sample plain SQL.
\set data '../shared/data'
\set have `test -e ../shared/data/survival_lung.csv.zst && echo true || echo false`
-- several tests of a row stand on lines of their own
\pset fieldsep '\n'
SELECT * FROM no_plan();
\if :have
\set columns `zstdcat ../shared/data/survival_lung.csv.zst | sed -n '1{s/\r//;s/"//g;s/[^,]*/"&" text/gp}'`
CREATE TABLE lung (:columns);
\copy lung FROM PROGRAM 'zstdcat ../shared/data/survival_lung.csv.zst' CSV HEADER
CREATE TABLE aml ("time" float8, status int, x text);
\copy aml FROM PROGRAM 'zstdcat ../shared/data/survival_aml.csv.zst' CSV HEADER
CREATE TABLE gehan (pair int, "time" float8, cens int, treat text);
\copy gehan FROM PROGRAM 'zstdcat ../shared/data/survival_gehan.csv.zst' CSV HEADER
CREATE TABLE rossi (week float8, arrest int, fin int, age int, race int, wexp int, mar int, paro int, prio int);
\copy rossi FROM PROGRAM 'zstdcat ../shared/data/rossi.csv.zst' CSV HEADER
CREATE TABLE cdnow (master text, customer text, day text, cds int, amount numeric);
\copy cdnow FROM PROGRAM 'zstdcat ../shared/data/cdnow_sample.csv.zst' CSV HEADER

CREATE FUNCTION near(have float8, want float8, what text) RETURNS text LANGUAGE sql AS $$
  SELECT ok(coalesce(abs(have - want) <= 1e-7 * greatest(1, abs(want)), have IS NULL AND want IS NULL),
            format('%s: %s is %s', what, have, want)) $$;

-- lung ------------------------------------------------------------------------
CREATE TABLE lung_curve AS
  SELECT crmprob.survival_curve(time::float8, status = '2') AS c FROM lung;
SELECT is(crmprob.n_observations(c), 228::bigint, 'lung: observations') FROM lung_curve;
SELECT is(crmprob.n_events(c), 165::bigint, 'lung: events') FROM lung_curve;
CREATE TABLE lung_known (t, n_risk, survival, se, log_low, log_high, low, high) AS VALUES
  (100::float8, 196, .8639689676452::float8, .0227102304342::float8, .820584892081::float8, .909646746190::float8, .8122223197535::float8, .902310180515::float8),
  (200, 144, .6802728622230, .0311345716580, .621907150262, .744116170528, .6149172487969, .736949593535),
  (365, 65, .4092416244601, .0358236381720, .344721581796, .485837603547, .3387142690883, .478380767647),
  (500, 41, .2932691937116, .0350778184986, .231982138262, .370747595588, .2265036771181, .363028599684),
  (1000, 2, .0503455680708, .0228480489161, .020685460199, .122534195517, .0178661710929, .108662176031);
SELECT near(s.survival, k.survival, 'survival at ' || t), near(s.std_error, se, 'standard error'),
       near(s.low, k.low, 'low, log-log'), near(s.high, k.high, 'high, log-log'),
       near(l.low, log_low, 'low, log'), near(l.high, log_high, 'high, log'),
       near(crmprob.survival_at(c, t), k.survival, 'survival_at')
  FROM lung_curve, lung_known k, crmprob.survival_interval(c, t) s,
       crmprob.survival_interval(c, t, 0.95, 'log') l;
SELECT is(at_risk, n_risk::bigint, 'lung: at risk at ' || t)
  FROM lung_known, LATERAL (SELECT r.at_risk FROM lung_curve, crmprob.survival_table(c) r
                    WHERE duration >= t ORDER BY duration LIMIT 1) r;
SELECT is(crmprob.median_survival(c), 310::float8, 'lung: median') FROM lung_curve;
SELECT is(crmprob.median_survival_interval(c)::text, '(310,284,361)', 'lung: its limits, log-log') FROM lung_curve;
SELECT is(crmprob.median_survival_interval(c, 0.95, 'log')::text, '(310,285,363)', 'lung: its limits, log') FROM lung_curve;
SELECT near(mean, 376.2747461478, 'lung: mean'), near(std_error, 19.7077914213, 'lung: its error')
  FROM lung_curve, crmprob.restricted_mean_interval(c);
SELECT near(mean, 263.22186648201, 'lung: mean to 365'), near(std_error, 7.79885908631, 'lung: its error'),
       near(crmprob.restricted_mean(c, 365), 263.22186648201, 'restricted_mean')
  FROM lung_curve, crmprob.restricted_mean_interval(c, 365);
-- R: survdiff(Surv(time, status) ~ ph.ecog, lung), the missing one left out
SELECT near(t.chi_square, 21.962131682476, 'lung: log-rank by ph.ecog'), is(t.df, 3, 'of 3 degrees of freedom')
  FROM (SELECT crmprob.logrank(time::float8, status = '2', "ph.ecog") AS l FROM lung) q, crmprob.logrank_test(l) t;

-- aml and gehan ---------------------------------------------------------------
SELECT near(t.chi_square, 3.3963886989776, 'aml: log-rank') FROM
  (SELECT crmprob.logrank(time, status = 1, x) AS l FROM aml) q, crmprob.logrank_test(l) t;
SELECT near(g.expected, want, 'aml: expected, ' || g.segment) FROM
  (SELECT crmprob.logrank(time, status = 1, x) AS l FROM aml) q, crmprob.groups(l) g
  JOIN (VALUES ('Maintained', 10.68933599230072), ('Nonmaintained', 7.31066400769928)) k (segment, want) USING (segment);
SELECT is(array_agg(crmprob.median_survival_interval(c, 0.95, type)::text ORDER BY x, type),
          '{"(31,18,)","(31,13,)","(23,8,)","(23,5,33)"}'::text[], 'aml: medians, log and log-log')
  FROM (SELECT x, crmprob.survival_curve(time, status = 1) AS c FROM aml GROUP BY x) q, unnest('{log,log-log}'::text[]) type;
SELECT near(crmprob.survival_at(c, t), want, 'aml, maintained at ' || t)
  FROM (SELECT crmprob.survival_curve(time, status = 1) AS c FROM aml WHERE x = 'Maintained') q,
       (VALUES (9, .90909091), (13, .81818182), (18, .71590909), (23, .61363636), (31, .49090909), (34, .36818182), (48, .18409091)) k (t, want);
SELECT is((s.survival, s.std_error, s.low, s.high), (0::float8, NULL::float8, NULL::float8, NULL::float8), 'aml: no error where nobody is left')
  FROM (SELECT crmprob.survival_curve(time, status = 1) AS c FROM aml WHERE x = 'Nonmaintained') q,
       crmprob.survival_interval(c, 45) s;
SELECT near(k.coefficient, known.b, 'aml: coefficient, ' || ties), near(k.std_error, se, 'aml: its error, ' || ties)
  FROM (VALUES ('efron', .915532575014718, .511934275172005), ('breslow', .9042197236857, .512247907304151)) known (ties, b, se),
       LATERAL (SELECT c.* FROM (SELECT crmprob.fit_cox(time, status = 1, f, jsonb_build_object('ties', ties)) AS m
                                   FROM aml, LATERAL (SELECT x) f) q, crmprob.hazard_ratios(m) c) k;
SELECT near(s.log_likelihood_null, -42.7248392627602, 'aml: null'), near(s.log_likelihood, -41.0326155964584, 'aml: fitted'),
       near(s.concordance, 0.619047619047619, 'aml: concordance'), is(s.n, 23::bigint, 'aml: rows')
  FROM (SELECT crmprob.fit_cox(time, status = 1, f) AS m FROM aml, LATERAL (SELECT x) f) q, crmprob.summary(m) s;
SELECT near(t.chi_square, 16.7929409892165, 'gehan: log-rank') FROM
  (SELECT crmprob.logrank(time, cens = 1, treat) AS l FROM gehan) q, crmprob.logrank_test(l) t;
SELECT near(g.expected, want, 'gehan: expected, ' || g.segment) FROM
  (SELECT crmprob.logrank(time, cens = 1, treat) AS l FROM gehan) q, crmprob.groups(l) g
  JOIN (VALUES ('control', 10.7494990519689), ('6-MP', 19.2505009480311)) k (segment, want) USING (segment);
SELECT is(crmprob.median_survival(crmprob.survival_curve(time, cens = 1)), want::float8, 'gehan: median, ' || treat)
  FROM gehan JOIN (VALUES ('6-MP', 23), ('control', 8)) k (treat, want) USING (treat) GROUP BY treat, want;
SELECT near(crmprob.survival_at(c, t), want, 'gehan, 6-MP at ' || t)
  FROM (SELECT crmprob.survival_curve(time, cens = 1) AS c FROM gehan WHERE treat = '6-MP') q,
       (VALUES (6, .857142857143), (7, .806722689076), (10, .752941176471), (13, .690196078431), (16, .627450980392),
               (22, .537815126050), (23, .448179271709)) k (t, want);
-- the golden figures are of the treatment against the control
SELECT near(k.coefficient, known.b, 'gehan: coefficient, ' || ties), near(k.std_error, se, 'gehan: its error, ' || ties)
  FROM (VALUES ('efron', -1.57212514882907, .412396717709), ('breslow', -1.50919141258588, .409564406367)) known (ties, b, se),
       LATERAL (SELECT c.* FROM (SELECT crmprob.fit_cox(time, cens = 1, f, jsonb_build_object('ties', ties)) AS m
                                   FROM gehan, LATERAL (SELECT (treat = '6-MP')::int AS treated) f) q, crmprob.hazard_ratios(m) c) k;

-- rossi -----------------------------------------------------------------------
CREATE TABLE rossi_model AS
  SELECT crmprob.fit_cox(week, arrest = 1, f) AS m
    FROM rossi, LATERAL (SELECT fin, age, race, wexp, mar, paro, prio) f;
SELECT near(c.coefficient, k.b, 'rossi: ' || feature), near(c.std_error, se, 'rossi: its error')
  FROM rossi_model, crmprob.hazard_ratios(m) c JOIN (VALUES
    ('fin', -.379422166485887, .191379480713543), ('age', -.057437742684062, .021999470600680),
    ('race', .313899787842499, .307992776557418), ('wexp', -.149795697666537, .212224296248623),
    ('mar', -.433703877937309, .381868057668791), ('paro', -.084871082500395, .195756671906624),
    ('prio', .091497080985296, .028648549959974)) k (feature, b, se) USING (feature);
SELECT near(s.log_likelihood_null, -675.38063234687, 'rossi: null'), near(s.log_likelihood, -658.74765944609, 'rossi: fitted'),
       near(s.concordance, 0.640329247099714, 'rossi: concordance'),
       near(s.chi_square, 33.26594580156, 'rossi: likelihood ratio'), is(s.df, 7, 'rossi: degrees of freedom')
  FROM rossi_model, crmprob.summary(m) s;
-- R: exp(predict(coxph(...), type = "lp")) has mean linear predictor 0
SELECT near(avg(ln(crmprob.hazard_ratio(m, r))), 0, 'rossi: the mean of log hazard ratios') FROM rossi_model, rossi r;

-- retention of cdnow_sample, against plain SQL ----------------------------------
CREATE TABLE visit AS SELECT DISTINCT customer, to_date(day, 'YYYYMMDD') AS day FROM cdnow;
CREATE TABLE customer AS SELECT customer, min(day) AS first, array_agg(day) AS days FROM visit GROUP BY 1;
CREATE TABLE kept AS
  SELECT crmprob.retention(first, days, '1 month', '1998-06-30') AS months,
         crmprob.retention(first, days, '1 day', '1998-06-30') AS by_day,
         crmprob.bracket_retention(first, days, '{1,31,61,91,181}', '1998-06-30') AS brackets FROM customer;
CREATE TABLE in_period AS
  SELECT DISTINCT customer, date_trunc('month', first)::date AS cohort,
         ((extract(year FROM day) - extract(year FROM first)) * 12 + extract(month FROM day) - extract(month FROM first))::int AS k
    FROM visit JOIN customer USING (customer);
SELECT results_eq(
  'SELECT cohort, period, size, active FROM kept, crmprob.cohorts(months) WHERE active > 0 ORDER BY 1, 2',
  'SELECT cohort, k, (SELECT count(*) FROM customer c WHERE date_trunc(''month'', first) = cohort), count(*)
     FROM in_period GROUP BY cohort, k ORDER BY 1, 2', 'cdnow: each month of each cohort, on');
SELECT results_eq(
  'SELECT cohort, period, active FROM kept, crmprob.cohorts(months, ''on_or_after'') ORDER BY 1, 2',
  'SELECT g.cohort, g.k, count(DISTINCT customer) FROM (SELECT DISTINCT cohort, k FROM in_period) g
     JOIN in_period p ON p.cohort = g.cohort AND p.k >= g.k GROUP BY 1, 2 ORDER BY 1, 2', 'cdnow: on or after');
SELECT is(string_agg(active::text, ' ' ORDER BY period), '124 95 70 65 77 65 53 52 45 62 59 45', 'cdnow: January 1997')
  FROM kept, crmprob.cohorts(months) WHERE cohort = '1997-01-01' AND period BETWEEN 1 AND 12;
SELECT results_eq(
  'SELECT period, size, active FROM kept, crmprob.overall(by_day) WHERE period IN (1, 7, 14, 30, 90) ORDER BY 1',
  'SELECT k, 2357::bigint, (SELECT count(*) FROM visit JOIN customer USING (customer) WHERE day - first = k)
     FROM unnest(''{1,7,14,30,90}''::int[]) k ORDER BY 1', 'cdnow: days 1 to 90, on');
SELECT results_eq(
  'SELECT period, active FROM kept, crmprob.overall(by_day, ''on_or_after'') WHERE period IN (1, 7, 14, 30, 90) ORDER BY 1',
  'SELECT k, (SELECT count(DISTINCT customer) FROM visit JOIN customer USING (customer) WHERE day - first >= k)
     FROM unnest(''{1,7,14,30,90}''::int[]) k ORDER BY 1', 'cdnow: days 1 to 90, on or after');
SELECT results_eq(
  'SELECT period, active FROM kept, crmprob.overall(brackets) ORDER BY 1',
  'SELECT i::int - 1, (SELECT count(DISTINCT customer) FROM visit JOIN customer USING (customer) WHERE day - first BETWEEN a AND b)
     FROM (VALUES (1, 1, 30), (2, 31, 60), (3, 61, 90), (4, 91, 180)) v (i, a, b) ORDER BY 1', 'cdnow: brackets of days');
\else
SELECT pass('no ' || :'data' || ' beside the clone: the tests on published data are skipped');
\endif
SELECT * FROM finish();
