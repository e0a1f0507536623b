// The same ordered funnel in DuckDB or ClickHouse, one thread, in this process.
// Says "ready" when the events are loaded; each line on standard input is
// answered with "<CPU seconds> <counts>" of one round, or "failed: ...".
// usage: node funnel_peers.mjs duckdb|clickhouse EVENTS.csv FOLDER-WITH-node_modules
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const [engine, csv, modules] = process.argv.slice(2);
const require = createRequire(join(modules, 'index.js'));
const window = 90 * 86400;
const steps = [1, 2, 3, 4, 5, 6];
const folder = mkdtempSync(join(tmpdir(), 'funnel-peer-'));

function cpuSeconds() {
  const u = process.cpuUsage();
  return (u.user + u.system) / 1e6;
}

// s<k>: the start of the latest chain that has reached step k so far
function duckFunnel() {
  let from = 'ev';
  for (const k of steps) {
    const chain = k === 1 ? 'CASE WHEN stage = 1 THEN t END'
      : `CASE WHEN stage = ${k} AND t <= s${k - 1} + ${window} THEN s${k - 1} END`;
    from = `(SELECT *, max(${chain}) OVER w AS s${k} FROM ${from}
      WINDOW w AS (PARTITION BY entity_id ORDER BY t, stage
                   ROWS UNBOUNDED PRECEDING)) AS q${k}`;
  }
  const reached = steps.map(k => `count(DISTINCT CASE WHEN s${k} IS NOT NULL THEN entity_id END)`);
  return `SELECT concat_ws('|', ${reached.join(', ')}) AS a FROM ${from}`;
}

async function duckdb() {
  const { DuckDBInstance } = require('@duckdb/node-api');
  const db = await DuckDBInstance.create(':memory:', { threads: '1' });
  const session = await db.connect();
  await session.run(`CREATE TABLE ev AS SELECT * FROM read_csv('${csv}',
    columns = {entity_id: 'BIGINT', stage: 'SMALLINT', t: 'BIGINT'})`);
  return async () =>
    (await session.runAndReadAll(duckFunnel())).getRows()[0][0];
}

async function clickhouse() {
  const { Session } = require('chdb');
  const session = new Session(folder);
  session.query('CREATE DATABASE b');
  session.query(`CREATE TABLE b.ev (entity_id Int64, stage Int16, at DateTime('UTC'))
    ENGINE = MergeTree ORDER BY at`);
  session.query(`INSERT INTO b.ev SELECT c1, c2, toDateTime(c3, 'UTC')
    FROM file('${csv}', CSV, 'c1 Int64, c2 Int16, c3 UInt32')`);
  const conditions = steps.map(k => `stage = ${k}`).join(', ');
  const reached = steps.map(k => `countIf(level >= ${k})`).join(', ');
  const query = `SELECT ${reached} FROM (
    SELECT entity_id, windowFunnel(${window})(at, ${conditions}) AS level
    FROM b.ev GROUP BY entity_id) SETTINGS max_threads = 1`;
  return async () =>
    String(session.query(query, 'CSV')).trim().replaceAll(',', '|');
}

try {
  const round = await (engine === 'duckdb' ? duckdb : clickhouse)();
  console.log('ready');
  for await (const line of createInterface({ input: process.stdin })) {
    const before = cpuSeconds();
    const answer = await round();
    console.log((cpuSeconds() - before).toFixed(3), answer);
  }
} catch (error) {
  console.log('failed:', String(error).split('\n')[0]);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exit(0);
