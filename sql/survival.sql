-- survival_curve and logrank: forms, figures and errors by a small example.
SET search_path = crmprob, public;
SET extra_float_digits = -3;

-- months until a subscription was cancelled; false: still running
CREATE TEMP TABLE subscription (months float8, cancelled boolean, plan text);
INSERT INTO subscription VALUES
  (1, true, 'basic'), (2, true, 'basic'), (2, false, 'basic'), (4, true, 'basic'),
  (3, true, 'plus'), (5, false, 'plus'), (6, true, 'plus'), (6, false, 'plus'),
  (NULL, true, 'plus'), (3, NULL, 'plus');
SELECT survival_curve(months, cancelled) FROM subscription;
SELECT survival_curve(months, cancelled)::jsonb FROM subscription;
CREATE TEMP TABLE made AS
  SELECT survival_curve(months, cancelled) AS c, logrank(months, cancelled, plan) AS l FROM subscription;
SELECT n_observations(c), n_events(c), survival_at(c, 2), survival_at(c, 2.5), survival_at(c, 7), cumulative_hazard(c, 4) FROM made;
SELECT * FROM made, survival_interval(c, 4);
SELECT * FROM made, survival_interval(c, 4, 0.9, 'plain');
SELECT median_survival(c), quantile_survival(c, 0.25), quantile_survival(c, 0.9) FROM made;
SELECT m.* FROM made, median_survival_interval(c) m;
SELECT q.* FROM made, quantile_survival_interval(c, 0.25, conf_type => 'log') q;
SELECT restricted_mean(c), restricted_mean(c, 4), restricted_mean(c, 7) FROM made;
SELECT m.* FROM made, restricted_mean_interval(c, horizon => 4) m;
SELECT t.* FROM made, survival_table(c) t;

SELECT l FROM made;
SELECT l::jsonb FROM made;
SELECT t.* FROM made, logrank_test(l) t;
SELECT g.* FROM made, groups(l) g;
SELECT curve(l, 'plus'), curve(l, 'none') FROM made;

-- binary form
SELECT survival_curve_send(survival_curve(1.5, true));
SELECT logrank_send(logrank(1.5, true, 'ü'));

-- refused
SELECT survival_curve(-1, true);
SELECT survival_curve('infinity', false);
SELECT survival_curve(1, true, -2);
SELECT survival_at(c, 'NaN') FROM made;
SELECT quantile_survival(c, 1.5) FROM made;
SELECT survival_interval(c, 1, 95) FROM made;
SELECT survival_interval(c, 1, conf_type => 'logit') FROM made;
SELECT logrank(1, true, repeat('long ', 20));
SELECT '{"times":[[2,1,0],[1,1,0]]}'::survival_curve;
SELECT '{"groups":["a"],"times":[[2,1,1,0]]}'::logrank;
SELECT 'no'::logrank;
