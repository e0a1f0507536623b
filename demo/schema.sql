-- The CRM database that a company would have already: nothing here but the
-- columns of type crmprob.stage knows of the extension.
CREATE TABLE customers (
  id int PRIMARY KEY,
  name text NOT NULL,
  region text NOT NULL,
  employees int,
  since date NOT NULL
);

CREATE TABLE opportunities (
  id int PRIMARY KEY,
  pipeline text NOT NULL,
  customer_id int REFERENCES customers,
  owner text NOT NULL,
  product text NOT NULL,
  -- known when the deal is opened: the features of the win model
  source text,
  region text,
  existing_customer boolean,
  competitor boolean,
  seats int,
  response_hours float8,
  --
  amount numeric(12, 2) NOT NULL,
  created_at timestamptz NOT NULL,
  close_date date,
  stage crmprob.stage NOT NULL,
  won boolean,                     -- NULL while open
  win_probability float8           -- written by the model
);

CREATE TABLE stage_history (
  deal_id int NOT NULL,
  pipeline text NOT NULL,
  stage crmprob.stage NOT NULL,
  entered_at timestamptz NOT NULL
);

CREATE TABLE purchases (
  customer_id int NOT NULL,
  day date NOT NULL,
  amount numeric(12, 2) NOT NULL
);
