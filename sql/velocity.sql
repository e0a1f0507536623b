-- Sales velocity and win rate.
SET search_path = crmprob, public;

-- 40 x 25,000 x 0.25 / 90, a figure that textbooks give
SELECT sales_velocity(40, 0.25, 25000, '90 days'), sales_velocity(50, 0.25, 10000, '30 days');
SELECT sales_velocity(40, 0.25, 25000, '12 hours'),
       sales_velocity(0, 0.25, 25000, '90 days'),
       sales_velocity(40, 0.25, 25000, '0');
SELECT sales_velocity(40, NULL, 25000, '90 days') IS NULL AS null_in;
SELECT sales_velocity(9223372036854775807, 1, 922337203685477.5807, '1 day');

SELECT sales_velocity(-1, 0.25, 25000, '90 days');
SELECT sales_velocity(40, 1.5, 25000, '90 days');
SELECT sales_velocity(40, 'NaN', 25000, '90 days');
SELECT sales_velocity(40, 0.25, -1, '90 days');
SELECT sales_velocity(40, 0.25, 'NaN', '90 days');
SELECT sales_velocity(40, 0.25, 25000, '3 months');
SELECT sales_velocity(40, 0.25, 25000, '-1 day');

SELECT win_rate(1, 3), win_rate(0, 0), win_rate(0, 5), win_rate(5, 0);
SELECT win_rate(NULL, 3) IS NULL AS null_in;
SELECT win_rate(-1, 3);
SELECT win_rate(1, -3);
SELECT win_rate(9223372036854775807, 1);

CREATE TEMP TABLE deals (stage stage, source text);
INSERT INTO deals VALUES
  ('won:Won', 'web'), ('lost:Lost', 'web'), ('2:Quote', 'web'),
  ('won:Renewed', 'fair'), (NULL, 'fair'), ('1:Lead', 'mail');
SELECT source, win_rate(stage), round(value(win_rate(stage))::numeric, 4) AS value
  FROM deals GROUP BY source ORDER BY source;
SELECT win_rate(stage) FROM deals;
SELECT win_rate(stage) FROM deals WHERE false;
SELECT rollup(w) FROM (SELECT win_rate(stage) AS w FROM deals GROUP BY source) s;
-- the transition outside an aggregate leaves its argument alone
SELECT win_rate_accum(p, 'won:Won'), win_rate_accum(p, '1:Lead'), p
  FROM (VALUES ('3/4'::proportion)) v (p);
SELECT win_rate_accum('0/9223372036854775807', 'lost:Lost');
SELECT source, stage, win_rate(stage) OVER (ORDER BY source, stage) FROM deals ORDER BY source, stage;
