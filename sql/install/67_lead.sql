-- lead: keys by which leads are known to be one, clusters, and classes.

CREATE FUNCTION @extschema@.email_key(email text, keep_tags boolean DEFAULT false, keep_dots boolean DEFAULT false) RETURNS text
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 20
  AS 'MODULE_PATHNAME', 'email_key';
COMMENT ON FUNCTION @extschema@.email_key(email text, keep_tags boolean, keep_dots boolean) IS
  'e-mail address in the form that addresses are compared in; NULL where it is none';

CREATE FUNCTION @extschema@.phone_key(phone text, country_code text DEFAULT NULL) RETURNS text
  LANGUAGE c IMMUTABLE PARALLEL SAFE COST 20
  AS 'MODULE_PATHNAME', 'phone_key';
COMMENT ON FUNCTION @extschema@.phone_key(phone text, country_code text) IS
  'telephone number as + and digits, national ones with the calling code given; NULL where it is none';

CREATE FUNCTION @extschema@.text_key(words text) RETURNS text
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 20
  AS 'MODULE_PATHNAME', 'text_key';
COMMENT ON FUNCTION @extschema@.text_key(words text) IS
  'words of a text in lower case, of any script, with one space between; NULL without words';

CREATE FUNCTION @extschema@.person_key(name text) RETURNS text
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 20
  AS 'MODULE_PATHNAME', 'person_key';
COMMENT ON FUNCTION @extschema@.person_key(name text) IS
  'name of a person without titles, words in order; NULL without words';

CREATE FUNCTION @extschema@.company_key(company text) RETURNS text
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 20
  AS 'MODULE_PATHNAME', 'company_key';
COMMENT ON FUNCTION @extschema@.company_key(company text) IS
  'name of a company without legal form, punctuation and spaces; NULL without words';

CREATE FUNCTION @extschema@.lead_keys(email text, phone text DEFAULT NULL, name text DEFAULT NULL,
  company text DEFAULT NULL, country_code text DEFAULT NULL) RETURNS text[]
  LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 80
BEGIN ATOMIC
  SELECT pg_catalog.array_remove(ARRAY[
    'email:'::text OPERATOR(pg_catalog.||) @extschema@.email_key(lead_keys.email),
    'phone:'::text OPERATOR(pg_catalog.||) @extschema@.phone_key(lead_keys.phone, lead_keys.country_code),
    'name:'::text OPERATOR(pg_catalog.||) @extschema@.company_key(lead_keys.company)
      OPERATOR(pg_catalog.||) '|'::text OPERATOR(pg_catalog.||) @extschema@.person_key(lead_keys.name)], NULL::text);
END;
COMMENT ON FUNCTION @extschema@.lead_keys(email text, phone text, name text, company text, country_code text) IS
  'keys of a lead by which match_leads compares it, for an index or a look-up; empty where it has none';

CREATE FUNCTION @extschema@.match_leads(query text, country_code text DEFAULT NULL, max_shared integer DEFAULT 20,
  keep_tags boolean DEFAULT false, keep_dots boolean DEFAULT false)
  RETURNS TABLE (id text, cluster text, size integer, matched_by text[], ignored text[])
  LANGUAGE c VOLATILE PARALLEL UNSAFE COST 1000000 ROWS 10000
  AS 'MODULE_PATHNAME', 'match_leads';
COMMENT ON FUNCTION @extschema@.match_leads(query text, country_code text, max_shared integer, keep_tags boolean, keep_dots boolean) IS
  'which leads of a query (id, email, phone, name and company) are one: the cluster bears its smallest id; ignored are keys of more than max_shared leads';

CREATE FUNCTION @extschema@.source_class(source text) RETURNS text
  LANGUAGE c IMMUTABLE PARALLEL SAFE COST 20
  AS 'MODULE_PATHNAME', 'source_class';
COMMENT ON FUNCTION @extschema@.source_class(source text) IS
  'class of a lead''s source by its words: referral, paid, outbound, event, inbound, other or unknown';

CREATE FUNCTION @extschema@.value_class(value numeric, medium_from numeric DEFAULT 1000, high_from numeric DEFAULT 10000) RETURNS text
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'value_class';
COMMENT ON FUNCTION @extschema@.value_class(value numeric, medium_from numeric, high_from numeric) IS
  'low, medium or high by two limits, each the first of its class; unknown for NULL';

CREATE FUNCTION @extschema@.urgency_class(needed_in interval, urgent_within interval DEFAULT '7 days', soon_within interval DEFAULT '30 days') RETURNS text
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'urgency_class';
COMMENT ON FUNCTION @extschema@.urgency_class(needed_in interval, urgent_within interval, soon_within interval) IS
  'urgent, soon or later by two limits, each the last of its class; unknown for NULL';

CREATE FUNCTION @extschema@.classify_lead(source text, potential_value numeric, needed_in interval,
  medium_from numeric DEFAULT 1000, high_from numeric DEFAULT 10000,
  urgent_within interval DEFAULT '7 days', soon_within interval DEFAULT '30 days',
  OUT source_class text, OUT value_class text, OUT urgency_class text, OUT points integer, OUT class text)
  RETURNS record
  LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 100
BEGIN ATOMIC
  SELECT s.source_class, s.value_class, s.urgency_class, s.points,
         CASE WHEN s.points OPERATOR(pg_catalog.>=) 4 THEN 'A' WHEN s.points OPERATOR(pg_catalog.=) 3 THEN 'B'
              WHEN s.points OPERATOR(pg_catalog.=) 2 THEN 'C' ELSE 'D' END
    FROM (SELECT c.source_class, c.value_class, c.urgency_class,
                 CASE c.value_class WHEN 'high' THEN 2 WHEN 'medium' THEN 1 ELSE 0 END
                 OPERATOR(pg_catalog.+) CASE c.urgency_class WHEN 'urgent' THEN 2 WHEN 'soon' THEN 1 ELSE 0 END
                 OPERATOR(pg_catalog.+) CASE WHEN c.source_class OPERATOR(pg_catalog.=) ANY ('{referral,inbound,event}'::text[])
                                        THEN 1 ELSE 0 END AS points
            FROM (SELECT @extschema@.source_class(classify_lead.source) AS source_class,
                         @extschema@.value_class(classify_lead.potential_value, classify_lead.medium_from, classify_lead.high_from) AS value_class,
                         @extschema@.urgency_class(classify_lead.needed_in, classify_lead.urgent_within, classify_lead.soon_within) AS urgency_class) c) s;
END;
COMMENT ON FUNCTION @extschema@.classify_lead(source text, potential_value numeric, needed_in interval, medium_from numeric, high_from numeric, urgent_within interval, soon_within interval) IS
  'classes of a lead by source, potential value and urgency, and A to D by their points';
