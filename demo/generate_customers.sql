-- Fills the demo's CRM with 6,000 customers and their purchases of three years.
--
-- Deterministic on every machine and version: a uniform number is the first 52
-- bits of the md5 of a key, so a row depends on its own id and on nothing else.
-- What is drawn is MATERIALIZED, or it would be drawn at each mention.

-- What is there already stays, and is not doubled.
SELECT EXISTS (SELECT FROM customers) AS filled \gset
\if :filled
  \warn generate_customers.sql: customers has rows already, nothing is added
  \quit
\endif

SET timezone = 'UTC';

CREATE FUNCTION draw(key text) RETURNS float8
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
  SELECT ('x' || left(md5(key), 13))::bit(52)::bigint / 4503599627370496.0::float8;
END;

-- standard normal, Box and Muller (1958)
CREATE FUNCTION draw_normal(key text) RETURNS float8
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
  SELECT sqrt(-2 * ln(1 - draw(key || ' r'))) * cos(2 * pi() * draw(key || ' a'));
END;

-- end of the period; what happens later is not known yet
CREATE TABLE period AS
  SELECT timestamptz '2023-01-01 00:00+00' AS starts,
         timestamptz '2026-01-01 00:00+00' AS ends;

INSERT INTO customers
SELECT id, 'Customer ' || id,
       (ARRAY['East', 'North', 'South', 'West'])[1 + floor(4 * draw('region ' || id))::int],
       ceil(exp(3.5 + 1.2 * draw_normal('employees ' || id)))::int,
       (p.starts + draw('since ' || id) * (p.ends - p.starts))::date
  FROM period p, generate_series(1, 6000) id;

-- Purchases: exponential gaps at a rate of the customer's own; after each
-- purchase the customer leaves for good with a chance of the customer's own.
INSERT INTO purchases
WITH buyer AS MATERIALIZED (
  SELECT c.id, c.since,
         60 * exp(0.6 * draw_normal('gap ' || c.id)) AS mean_gap,
         0.05 + 0.30 * draw('leave ' || c.id) AS leave,
         exp(5 + 0.5 * draw_normal('spend ' || c.id)) AS mean_spend
    FROM customers c
), purchase AS (
  SELECT b.id, n, b.since, b.mean_spend,
         sum(CASE WHEN n = 1 THEN 0 ELSE -b.mean_gap * ln(1 - draw('wait ' || n || ' ' || b.id)) END)
           OVER w AS days,
         coalesce(bool_or(draw('left ' || n || ' ' || b.id) < b.leave)
           OVER (w ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), false) AS has_left
    FROM buyer b, generate_series(1, 30) n
  WINDOW w AS (PARTITION BY b.id ORDER BY n)
)
SELECT q.id, q.since + floor(q.days)::int,
       round((q.mean_spend * (0.5 + draw('amount ' || q.n || ' ' || q.id)))::numeric, 2)
  FROM purchase q, period p
 WHERE NOT q.has_left AND q.since + floor(q.days)::int < p.ends::date
 ORDER BY q.id, q.n;

CREATE INDEX ON purchases (customer_id);
ANALYZE customers, purchases;
