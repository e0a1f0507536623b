// The same ordered funnel in DuckDB and ClickHouse, one thread each, in this
// process. Prints "<engine> <CPU seconds, median> <counts>" a line.
// usage: node funnel_peers.mjs EVENTS.csv ROUNDS FOLDER-WITH-node_modules
import { createRequire } from 'node:module';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const [csv, rounds, modules] = process.argv.slice(2);
const require = createRequire(join(modules, 'index.js'));
const window = 90 * 86400;
const steps = [1, 2, 3, 4, 5, 6];

function cpuSeconds() {
  const u = process.cpuUsage();
  return (u.user + u.system) / 1e6;
}

async function medianOf(run) {
  const times = [];
  let answer;
  for (let i = 0; i < Number(rounds); i++) {
    const before = cpuSeconds();
    answer = await run();
    times.push(cpuSeconds() - before);
  }
  times.sort((a, b) => a - b);
  return [times[times.length >> 1], answer];
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
  return medianOf(async () =>
    (await session.runAndReadAll(duckFunnel())).getRows()[0][0]);
}

async function clickhouse() {
  const { Session } = require('chdb');
  const folder = mkdtempSync(join(tmpdir(), 'funnel-peer-'));
  try {
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
    const result = await medianOf(async () =>
      String(session.query(query, 'CSV')).trim().replaceAll(',', '|'));
    session.cleanup?.();
    return result;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

for (const [name, engine] of [['duckdb', duckdb], ['clickhouse', clickhouse]]) {
  try {
    const [seconds, answer] = await engine();
    console.log(name, seconds.toFixed(3), answer);
  } catch (error) {
    console.log(name, 'failed:', String(error).split('\n')[0]);
  }
}
process.exit(0);
