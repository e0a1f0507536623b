-- care: who is due a greeting, a check-in or an offer.

CREATE FUNCTION @extschema@.care_list(
  query text,
  customer text,
  consent text,
  on_date date,
  days_ahead integer DEFAULT 0,
  birthday text DEFAULT NULL,
  anniversary text DEFAULT NULL,
  last_contact text DEFAULT NULL,
  check_in_after integer DEFAULT NULL,
  offer text DEFAULT NULL,
  holidays text DEFAULT NULL,
  holiday_group text DEFAULT NULL
) RETURNS TABLE (due date, kind text, customer text, occasion text, years integer, overdue integer)
  LANGUAGE c VOLATILE PARALLEL UNSAFE COST 1000000 ROWS 100
  AS 'MODULE_PATHNAME', 'care_list';
COMMENT ON FUNCTION @extschema@.care_list(query text, customer text, consent text, on_date date, days_ahead integer, birthday text, anniversary text, last_contact text, check_in_after integer, offer text, holidays text, holiday_group text) IS
  'who of a query''s customers is due a birthday or anniversary greeting, a holiday''s, a check-in or an offer, on a day and some days ahead; only where consent is true';
