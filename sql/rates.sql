-- the plain formulas: numerator first, by zero NULL, sums of money exact
SET search_path = crmprob, public;

SELECT cac(total_cost => 1000, new_customers => 8), cac(10.00, 3), cac(0, 5),
  cac(1000, 0), cac(NULL, 1);
SELECT clv(average_order_value => 49.99, purchase_frequency => 4,
  lifetime => 2.5), clv(0, 4, 2), clv(1, NULL, 1);
SELECT retention_rate(retained => 45, at_start => 60),
  churn_rate(lost => 15, at_start => 60),
  conversion_rate(won => 3, leads => 12),
  close_probability(won => 3, opportunities => 10);
SELECT retention_rate(0, 0), churn_rate(5, 0), conversion_rate(NULL, 1),
  close_probability(9223372036854775807, 9223372036854775807);
SELECT cac(-1, 5);
SELECT cac(1, -5);
SELECT cac('NaN', 5);
SELECT cac('Infinity', 5);
SELECT clv(-1, 1, 1);
SELECT clv(1, 'NaN', 1);
SELECT clv(1, 1, '-Infinity');
SELECT retention_rate(61, 60);
SELECT churn_rate(-1, 60);
SELECT conversion_rate(1, -60);
SELECT close_probability(2, 1);
