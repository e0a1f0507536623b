-- Leads: keys, clusters, classes.
SET search_path = crmprob, public;
\set VERBOSITY default
\set SHOW_CONTEXT never

-- e-mail
SELECT email, email_key(email), email_key(email, keep_tags => true, keep_dots => true) AS kept
  FROM unnest(ARRAY['anna@example.com', '  Anna@Example.COM. ', 'Anna Smith <Anna@example.com>',
    'mailto:anna@example.com', 'anna+news@example.com', 'A.n.n.a+x@GoogleMail.com', 'anna@gmail.com',
    '+tag@example.com', 'a@b@example.com', 'anna', '@example.com', 'anna@', 'anna@localhost',
    'anna@.com', 'a nna@example.com', 'a@x.com, b@x.com', '', '   ', '...@gmail.com', NULL]) WITH ORDINALITY AS e (email, n)
 ORDER BY n;
SELECT email, email_key(email)
  FROM unnest(ARRAY['a@b..de', 'a@.b.de', 'a@@b.com', 'a@b.de.', '"a@b"@example.com', 'a..b@example.com', 'a@b.c.de']) WITH ORDINALITY AS e (email, n)
 ORDER BY n;
SELECT email_key(repeat('a', 400) || '@example.com') IS NULL AS too_long;

-- telephone
SELECT phone, phone_key(phone), phone_key(phone, '49') AS german
  FROM unnest(ARRAY['+49 30 1234567', '0049 (30) 123-4567', '+49 (0)30 1234567', '030/1234567', '(030) 123 45 67',
    'tel:+49-30-1234567', '+49 30 1234567 ext. 12', '+49 30 1234567 x12', '030 1234567;ext=12', '+49 30 1234567-12',
    '0800 REWE', '12345', '000000000', '', '+', '+4930123456789012', '1+1 30 1234567', '++49 30 1234567', NULL]) WITH ORDINALITY AS p (phone, n)
 ORDER BY n;
SELECT phone_key('06 6982', '39') AS italy, phone_key('1 (212) 555-0100', '+1') AS america,
       phone_key('212-555-0100', '1') AS america_too, phone_key('8 495 123-45-67', '7') AS russia,
       phone_key('06 1 234 5678', '0036') AS hungary;
-- a trunk prefix after the calling code, where no number begins with it
SELECT phone, phone_key(phone)
  FROM unnest(ARRAY['+49 030 123456', '+49 30 123456', '+49 (0)30 123456', '0049 030 123456', '+44 020 7946 0018', '+39 06 6982', '+225 07 12 34 56 78',
    '+1 1 212 555 0100', '+7 8 495 123 45 67', '+36 06 1 234 5678', '+353 01 234 5678', '+49 0030 123456']) WITH ORDINALITY AS p (phone, n)
 ORDER BY n;
SELECT phone_key('07 12 34 56 78', '225') AS ivory_coast;
SELECT phone_key('030 1234567', 'DE');
SELECT phone_key('030 1234567', '');
SELECT phone_key(NULL, '1234');

-- names
SELECT name, person_key(name) FROM unnest(ARRAY['Anna Smith', 'SMITH, Anna', 'Dr. Anna  Smith', 'Anna O''Neil', 'Dr.', '...', '', NULL])
  WITH ORDINALITY AS p (name, n) ORDER BY n;
SELECT company, company_key(company)
  FROM unnest(ARRAY['Acme GmbH', 'ACME', 'Acme GmbH & Co. KG', 'A.C.M.E. Inc.', 'The Acme Company, Ltd', 'Acme S.A.R.L.',
    'Smith & Sons', 'Smith and Sons LLC', 'The The', 'The And Ltd', 'AG', 'Co Ltd', '&', '', NULL]) WITH ORDINALITY AS c (company, n)
 ORDER BY n;
SELECT text_key('  Paid_Search / Google '), text_key('--'), text_key(NULL);

SELECT lead_keys('Anna@Example.com', '030 1234567', 'Anna Smith', 'Acme Inc', '49');
SELECT lead_keys('', '', 'Anna', ''), lead_keys(NULL);

-- clusters
CREATE TEMP TABLE leads (id int, email text, phone text, name text, company text);
INSERT INTO leads VALUES
  (12, 'anna@example.com', NULL, 'Anna Smith', NULL),
  (3, 'Anna@Example.com', '030 1234567', NULL, NULL),
  (7, NULL, '+49 30 1234567', 'Smith, Anna', 'Acme GmbH'),
  (9, NULL, NULL, 'anna smith', 'ACME'),
  (4, 'bob@example.com', '', '', ''),
  (5, '', '', '', ''),
  (6, '', NULL, 'Anna Smith', NULL);
SELECT * FROM match_leads('SELECT * FROM leads', '49') ORDER BY id::int;
-- without the calling code 3 and 7 do not meet
SELECT id, cluster FROM match_leads('SELECT * FROM leads') WHERE size > 1 ORDER BY id::int;
-- by one column only, or by a calling code of the row's own
SELECT id, cluster, matched_by FROM match_leads('SELECT id, email FROM leads') WHERE size > 1 ORDER BY id::int;
SELECT id, cluster FROM match_leads('SELECT id, phone, ''49'' AS country_code FROM leads;') WHERE size > 1 ORDER BY id::int;
-- rows of one id are one lead
SELECT * FROM match_leads($$SELECT * FROM (VALUES ('a', 'x@example.com'), ('a', 'y@example.com'), ('b', 'y@example.com'), ('c', 'x@example.com')) v (id, email)$$)
 ORDER BY id;
-- a key that too many share joins none, and is reported
SELECT * FROM match_leads($$SELECT g AS id, 'info@example.com' AS email, CASE WHEN g > 3 THEN '+49 30 1234567' END AS phone FROM generate_series(1, 5) g$$, max_shared => 4)
 ORDER BY id;
SELECT count(*) FROM match_leads('SELECT * FROM leads WHERE false');
SELECT count(*) FROM match_leads(NULL);
SELECT match_leads('SELECT * FROM leads', max_shared => 1);
SELECT match_leads('SELECT * FROM leads', max_shared => NULL);
SELECT match_leads('SELECT * FROM leads', 'Germany');
SELECT match_leads('SELECT id FROM leads');
SELECT match_leads('SELECT id, name FROM leads');
SELECT match_leads('SELECT email FROM leads');
SELECT match_leads('SELECT id, id AS email FROM leads');
SELECT match_leads('SELECT NULL::int AS id, email FROM leads');
SELECT match_leads('DELETE FROM leads');
SELECT match_leads('SELECT id, email, email FROM leads');

-- classes
SELECT source, source_class(source)
  FROM unnest(ARRAY['Referral', 'Partner network', 'paid_search', 'Google Ads', 'Organic search', 'cold call', 'Trade-fair, event', 'E-Mail', 'e-mail (referred)', 'carrier pigeon', 'unknown', 'null', '', NULL])
  WITH ORDINALITY AS s (source, n) ORDER BY n;
SELECT v, value_class(v) FROM unnest(ARRAY[0, 999.99, 1000, 9999.99, 10000, NULL]) WITH ORDINALITY AS u (v, n) ORDER BY n;
SELECT v, urgency_class(v) FROM unnest('{-1 day,7 days,7 days 1 second,30 days,1 mon 1 day,NULL}'::interval[]) WITH ORDINALITY AS u (v, n) ORDER BY n;
SELECT * FROM classify_lead('referral', 25000, '3 days');
SELECT * FROM classify_lead('banner ad', 2500, '10 days');
SELECT * FROM classify_lead(NULL, NULL, NULL);
SELECT * FROM classify_lead('referral', 25, '10 days', medium_from => 20, high_from => 50, soon_within => '8 days');
SELECT * FROM classify_lead('referral', -1, '1 day');
SELECT * FROM classify_lead('referral', 'NaN', '1 day');
SELECT * FROM classify_lead('referral', 1, '1 day', medium_from => 10, high_from => 10);
SELECT * FROM classify_lead('referral', 1, '1 day', urgent_within => NULL);
