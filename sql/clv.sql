SET search_path = crmprob, public;
SELECT make_clv_model('bg_nbd', '{"r":0.243,"alpha":4.414,"a":0.793,"b":2.426}', '7 days');
