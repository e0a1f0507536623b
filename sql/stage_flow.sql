SET search_path = crmprob, public;
SELECT 1;
