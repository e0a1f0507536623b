-- The pipelines of the company, as it would register them.
INSERT INTO crmprob.pipelines (name, definition) VALUES
  ('direct', 'Lead > Contacted > Demo > Proposal > Negotiation > Closed Won | Lost, No budget'),
  ('partner', 'Registered > Qualified > Joint offer > Signed | Lost to competitor, Withdrawn'),
  ('renewal', 'Notice > Offer > Renewed | Churned');
