-- care_list: who is due a greeting, a check-in or an offer
SET search_path = crmprob, public;
SET timezone = 'Pacific/Auckland';
CREATE TABLE customer (id int PRIMARY KEY, consent boolean, born date, since timestamptz, spoken timestamp, renewal date, faith text);
INSERT INTO customer VALUES
  (1, true,  '1980-02-29', '2020-03-01 00:00+00', '2026-01-20 23:59', '2026-03-01', 'christian'),
  (2, true,  '1990-03-01', '2026-02-28 12:00+00', NULL, NULL, 'hindu'),
  (3, false, '1980-02-29', '2020-03-01 00:00+00', NULL, '2026-02-28', 'christian'),
  (4, NULL,  '1980-02-28', '2020-03-01 00:00+00', NULL, '2026-02-28', 'christian'),
  (10, true, '2026-03-01', '2019-02-28 23:30+00', '2026-02-27 10:00', '2026-01-15', NULL);
CREATE TABLE holiday (day date, name text, faith text);
INSERT INTO holiday VALUES ('2026-03-01', 'Town day', NULL), ('2026-03-01', 'Town day', NULL),
  ('2026-03-04', 'Holi', 'hindu'), ('2026-12-25', 'Christmas', 'christian'), (NULL, 'never', NULL);

SELECT * FROM care_list('TABLE customer', 'id', 'consent', '2026-02-28', 7, birthday => 'born',
  anniversary => 'since', last_contact => 'spoken', check_in_after => 30, offer => 'renewal',
  holidays => 'TABLE holiday', holiday_group => 'faith');
-- 29 February: in its own year, in others on the 28th; nobody is greeted for being born
SELECT * FROM care_list('TABLE customer', 'id', 'consent', '2028-02-27', 3, birthday => 'born');
SELECT * FROM care_list('TABLE customer', 'id', 'consent', '2026-02-28', 0, birthday => 'born');
SELECT due, years FROM care_list('SELECT * FROM customer WHERE id = 1', 'id', 'consent', '2026-01-01', 1500, birthday => 'born');
-- a century without a leap day, and one with
SELECT due, years FROM care_list($$SELECT 1 AS id, true AS yes, date '1896-02-29' AS born$$, 'id', 'yes', '1900-02-01', 40, birthday => 'born')
UNION ALL SELECT due, years FROM care_list($$SELECT 1 AS id, true AS yes, date '1896-02-29' AS born$$, 'id', 'yes', '2000-02-01', 40, birthday => 'born');
-- holidays of everybody
SELECT due, customer, occasion FROM care_list('TABLE customer', 'id', 'consent', '2026-03-01', 10, holidays => 'SELECT day, name FROM holiday');
-- any order of rows gives the same list
SELECT count(*) AS rows, count(DISTINCT l) AS lists
  FROM (SELECT (SELECT array_agg(c::text) FROM care_list('SELECT * FROM customer ORDER BY hashint4(id * ' || k || ')', 'id', 'consent',
          '2026-02-28', 7, 'born', 'since', 'spoken', 30, 'renewal', 'SELECT * FROM holiday ORDER BY hashtext(name || ' || k || ')', 'faith') c) AS l
          FROM generate_series(1, 20) k) s;

-- without consent there is no row, whatever is due
SELECT count(*) FROM care_list('SELECT * FROM customer WHERE consent IS NOT TRUE', 'id', 'consent', '2026-02-28', 3653,
  'born', 'since', 'spoken', 1, 'renewal', 'SELECT day, name FROM holiday');
SELECT * FROM care_list('TABLE customer', 'id', NULL, '2026-02-28', birthday => 'born');
SELECT * FROM care_list('TABLE customer', 'id', 'agreed', '2026-02-28', birthday => 'born');
SELECT * FROM care_list('TABLE customer', 'id', 'faith', '2026-02-28', birthday => 'born');
SELECT * FROM care_list('TABLE customer', 'id', '2026-02-28', birthday => 'born');

-- what does not fit
SELECT * FROM care_list('TABLE customer', 'id', 'consent', '2026-02-28');
SELECT * FROM care_list('TABLE customer', 'id', 'consent', NULL, birthday => 'born');
SELECT * FROM care_list('TABLE customer', 'id', 'consent', 'infinity', birthday => 'born');
SELECT * FROM care_list('TABLE customer', 'id', 'consent', '5874897-12-31', 1, birthday => 'born');
SELECT * FROM care_list('TABLE customer', 'id', 'consent', '2026-02-28', -1, birthday => 'born');
SELECT * FROM care_list('TABLE customer', 'id', 'consent', '2026-02-28', 3654, birthday => 'born');
SELECT * FROM care_list('TABLE customer', 'id', 'consent', '2026-02-28', NULL, birthday => 'born');
SELECT * FROM care_list('TABLE customer', 'id', 'consent', '2026-02-28', birthday => 'faith');
SELECT * FROM care_list('TABLE customer', 'id', 'consent', '2026-02-28', birthday => 'Born');
SELECT * FROM care_list('TABLE customer', 'id', 'consent', '2026-02-28', last_contact => 'spoken');
SELECT * FROM care_list('TABLE customer', 'id', 'consent', '2026-02-28', check_in_after => 30);
SELECT * FROM care_list('TABLE customer', 'id', 'consent', '2026-02-28', last_contact => 'spoken', check_in_after => 0);
SELECT * FROM care_list('TABLE customer', 'id', 'consent', '2026-02-28', birthday => 'born', holiday_group => 'faith');
SELECT * FROM care_list('TABLE customer', 'id', 'consent', '2026-02-28', holidays => 'SELECT day FROM holiday');
SELECT * FROM care_list('DELETE FROM customer', 'id', 'consent', '2026-02-28', birthday => 'born');
SELECT * FROM care_list($$SELECT NULL::int AS id, true AS yes, date '1980-02-28' AS born$$, 'id', 'yes', '2026-02-28', birthday => 'born');
SELECT * FROM care_list($$SELECT 1 AS id, true AS yes, date 'infinity' AS born$$, 'id', 'yes', '2026-02-28', birthday => 'born');
SELECT * FROM care_list($$SELECT 1 AS id, false AS yes, date 'infinity' AS born$$, 'id', 'yes', '2026-02-28', birthday => 'born');
DROP TABLE customer, holiday;
