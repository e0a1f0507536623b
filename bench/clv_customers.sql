-- Customers for bench/clv, the same on every machine: buying patterns drawn from
-- BG/NBD (:rows of them) and from Pareto/NBD (:few), in weeks, observed for 27 to
-- 39 weeks, on whole days. With r = s = 1/2 and a = 1 a draw needs no more than a
-- square of a normal number and a power; alpha = 8, b = 2.5, beta = 12.
CREATE FUNCTION bench.uniform(i bigint, k int) RETURNS float8
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN ((hashint8extended(i, k) & 4503599627370495) + 0.5) / 4503599627370496.0::float8;

-- gamma distributed with shape 1/2
CREATE FUNCTION bench.rate(i bigint, k int) RETURNS float8
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN -ln(bench.uniform(i, k)) * cos(2 * pi() * bench.uniform(i, k + 1)) ^ 2;

CREATE FUNCTION bench.customer(i bigint, kind text) RETURNS crmprob.rfm
  LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
  age int := 273 - (hashint8extended(i, 1) & 1048575) % 85;
  a_day float8 := bench.rate(i, 2) / 8 / 7;
  stays float8 := CASE kind WHEN 'bg_nbd' THEN bench.uniform(i, 4) ^ (1 / 2.5) ELSE 1 END;
  until float8 := CASE kind WHEN 'bg_nbd' THEN age
    ELSE least(age, -ln(bench.uniform(i, 5)) / greatest(bench.rate(i, 6) / 12 / 7, 1e-9)) END;
  last int := 0;
  n int := 0;
  day float8 := 0;
BEGIN
  LOOP
    day := day - ln(bench.uniform(i, 10 + 2 * n)) / greatest(a_day, 1e-9);
    EXIT WHEN day > until;
    -- a second purchase of one day is none
    IF ceil(day) > last THEN
      last := least(ceil(day), age);
      n := n + 1;
    END IF;
    EXIT WHEN bench.uniform(i, 11 + 2 * n) > stays OR last = age;
  END LOOP;
  RETURN format('{"frequency":%s,"recency":%s,"age":%s,"unit":604800000000}',
                n, last / 7::float8, age / 7::float8)::crmprob.rfm;
END $$;

CREATE UNLOGGED TABLE customers WITH (autovacuum_enabled = off) AS
  SELECT i, bench.customer(i, 'bg_nbd') AS customer FROM generate_series(1, :rows::bigint) AS i;
CREATE UNLOGGED TABLE few WITH (autovacuum_enabled = off) AS
  SELECT * FROM customers WHERE i <= :few;
CREATE UNLOGGED TABLE mortal WITH (autovacuum_enabled = off) AS
  SELECT i, bench.customer(i, 'pareto_nbd') AS customer FROM generate_series(1, :few::bigint) AS i;
VACUUM ANALYZE customers, few, mortal;
