// What @modelcontextprotocol/conformance finds at an MCP server: the same, whether it asks the server itself or through
// nginx with the module; and nothing without a good token. Ends with 1, and with all that differs, when anything does.
//
//   node conformance.mjs FOLDER
//
// E2E_INSTALL, ASSAY_NGINX_BINARY, ASSAY_NGINX_MODULE and ASSAY_COMMAND in the environment say where the programs are;
// FOLDER is for their files.
import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Program, freePort, nginxConfiguration, sleep, until } from './stage.mjs';

const [folder] = process.argv.slice(2);
const {
  E2E_INSTALL: install, ASSAY_NGINX_BINARY: nginx, ASSAY_NGINX_MODULE: module, ASSAY_COMMAND: assay,
} = process.env;
const scenarioCount = 32; // of release 0.1.16
const toolCount = 13; // that its scenarios call

const path = (name) => join(folder, name);
const started = [];
process.on('exit', () => { for (const program of started) program.process.kill(); });
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));

function start(command, args, onLine) {
  const program = new Program(command, args, {}, onLine);
  started.push(program);
  return program;
}

const reached = []; // what came to the MCP server
const server = start(process.execPath, [join(install, 'conformance_server.mjs')], (entry) => reached.push(entry));
const ports = { server: (await server.answer()).port, gateway: await freePort(), front: await freePort() };
const front = `http://127.0.0.1:${ports.front}`;
const issuer = 'https://auth.example';
const resource = `${front}/protected`;

// The tool has no option for a header: an nginx in front adds the token. These ways differ in nothing else, but for
// `filtered`, where the policy has the module read and rewrite the lists of tools.
const ways = [
  { name: 'protected', token: 'good', policy: 'policy' },
  { name: 'filtered', token: 'good', policy: 'filtered' },
  { name: 'no-token', token: 'none', policy: 'policy', reason: 'credential_missing' },
  { name: 'expired', token: 'expired', policy: 'policy', reason: 'expired' },
  { name: 'forged', token: 'forged', policy: 'policy', reason: 'bad_signature' },
  { name: 'elsewhere', token: 'elsewhere', policy: 'policy', reason: 'wrong_audience' },
].map((way) => ({ ...way, url: `${front}/${way.name}` }));

const assayCommand = (...args) => execFileSync(assay, args, { encoding: 'utf8' }).trim();

function authorizations() {
  for (const key of ['key', 'other']) {
    assayCommand('keygen', '--alg', 'ES256', '--kid', '1', '--out', path(`${key}.jwk`));
  }
  const mint = (key, aud, ...more) => {
    const claims = JSON.stringify({ iss: issuer, sub: 'tester', aud, scope: 'conformance' });
    return `Bearer ${assayCommand('mint', '--key', path(`${key}.jwk`), '--claims', claims, ...more)}`;
  };
  return {
    none: '',
    good: mint('key', resource),
    expired: mint('key', resource, '--ttl', '-60'),
    forged: mint('other', resource),
    elsewhere: mint('key', `${resource}/elsewhere`),
  };
}

function configure() {
  const authorization = authorizations();
  const write = (name, object) => writeFileSync(path(name), JSON.stringify(object));
  write('assay.json', {
    version: 1,
    issuers: [{ issuer, audiences: [resource], keys: { inline: JSON.parse(assayCommand('jwks', path('key.jwk'))) } }],
  });
  const rule = { scopes: ['conformance'] };
  const policy = {
    resource,
    authorization_servers: [issuer],
    scopes_supported: rule.scopes,
    tools: { 'test_*': rule, json_schema_2020_12_tool: rule },
    prompts: { 'test_*': rule },
    resources: { 'test://*': rule },
  };
  write('policy.json', policy);
  write('filtered.json', { ...policy, filter_tools_list: true });
  const judging = ['policy', 'filtered'].map((name) => `
    location = /${name} { assay on; assay_mcp ${path(name)}.json; proxy_pass http://127.0.0.1:${ports.server}/mcp; }`);
  const adding = ways.map(({ name, token, policy: judge }) => `
    location = /${name} {
      proxy_set_header Authorization "${authorization[token]}";
      proxy_set_header Host $http_host;
      proxy_set_header Connection "";
      proxy_pass http://127.0.0.1:${ports.gateway}/${judge};
    }`);
  writeFileSync(path('nginx.conf'), nginxConfiguration({ folder, module }, `
  assay_config ${path('assay.json')};
  proxy_set_header Host $http_host;
  log_format judged escape=json '{"status":$status,"origin":"$http_origin","reason":"$assay_status"}';
  access_log off;
  server {
    listen 127.0.0.1:${ports.gateway};
    access_log ${path('judged.log')} judged;${judging.join('')}
  }
  server {
    listen 127.0.0.1:${ports.front};${adding.join('')}
  }`));
}

// What the tool finds at a URL: the checks of each scenario, in its order.
async function checksAt(url, output) {
  const tool = join(install, 'node_modules/@modelcontextprotocol/conformance/dist/index.js');
  mkdirSync(output);
  const args = [tool, 'server', '--suite', 'all', '--url', url, '--output-dir', output];
  const said = await new Promise((resolve) => { // it ends with 1 where a check has failed
    execFile(process.execPath, args, { timeout: 60000 }, (error, stdout, stderr) => resolve(stdout + stderr));
  });
  const results = readdirSync(output).map((name) => {
    const [, scenario, time] = /^server-(.*)-(\d{4}-\d\d-\d\dT.*)$/.exec(name);
    return { scenario, time, checks: JSON.parse(readFileSync(join(output, name, 'checks.json'), 'utf8')) };
  }).sort((a, b) => (a.time < b.time ? -1 : 1));
  const checks = new Map(results.map((result) => [result.scenario, result.checks]));
  assert.equal(checks.size, scenarioCount, said);
  return checks;
}

// What the tool finds by one way, what of it has reached the server, and how the module has judged it.
async function ask({ name, url }) {
  const readLog = () =>
    readFileSync(path('judged.log'), 'utf8').split('\n').slice(0, -1).map((line) => JSON.parse(line));
  const before = { reached: reached.length, judged: readLog().length };
  const checks = await checksAt(url, path(name));
  await sleep(100); // the last of it is on its way, or being logged
  return { name, url, checks, reached: reached.slice(before.reached), judged: readLog().slice(before.judged) };
}

// Without what differs each time: times, places, random names, and what every hop writes into a head.
function comparable({ url, checks }, scenario) {
  const text = JSON.stringify(checks.get(scenario), (key, value) => {
    if (key === 'timestamp') return undefined;
    if (key === 'headers') return { type: value['content-type'], cache: value['cache-control'] };
    // A foreign origin is refused with 403 by either: the server says so in its words, the module in its own.
    if (key === 'body' && scenario === 'dns-rebinding-protection') return undefined;
    return value;
  });
  const here = text.replaceAll(url, 'URL').replaceAll(new URL(url).host, 'HOST');
  return JSON.parse(here.replace(/[0-9a-f]{8}-[0-9a-f-]{27}(_\w+)?/g, 'ID'));
}

const problems = [];

function expect(what, check) {
  try {
    check();
    return true;
  } catch (error) {
    problems.push(`${what}: ${error.message}`);
    return false;
  }
}

const having = (checks, status) => checks.filter((check) => check.status === status).length;
const calls = ({ reached: entries }) => entries.map(({ tool }) => tool).filter(Boolean);
// The one request that is to be refused, whoever sends it.
const isForeign = ({ origin }) => origin === 'http://evil.example.com';
const judgements = ({ judged }, shown) =>
  [...new Set(judged.map((entry) => `${isForeign(entry) ? 'foreign: ' : ''}${shown(entry)}`))].sort();

function judgeBare(bare) {
  const cells = new Map();
  for (const [scenario, checks] of bare.checks) {
    const passed = having(checks, 'SUCCESS');
    const isGood = expect(`${scenario}, bare`, () => {
      assert.ok(passed > 0 && having(checks, 'FAILURE') + having(checks, 'WARNING') === 0, JSON.stringify(checks));
    });
    cells.set(scenario, isGood ? `${passed} passed` : 'FAILED');
  }
  expect('tools that were called, bare', () => assert.equal(new Set(calls(bare)).size, toolCount));
  return cells;
}

function judgeProtected(found, bare) {
  const cells = new Map();
  for (const scenario of bare.checks.keys()) {
    const isSame = expect(`${scenario}, ${found.name}`, () => {
      assert.deepEqual(comparable(found, scenario), comparable(bare, scenario));
    });
    cells.set(scenario, isSame ? 'the same' : 'DIFFERS');
  }
  expect(`tools that were called, ${found.name}`, () => assert.deepEqual(calls(found), calls(bare)));
  expect(`tokens that have reached the server, ${found.name}`, () => {
    assert.ok(found.reached.every(({ authorization }) => !authorization));
  });
  expect(`judgements, ${found.name}`, () => {
    assert.deepEqual(judgements(found, ({ reason }) => reason), ['accept', 'foreign: origin_denied']);
  });
  return cells;
}

function judgeRefused(found, reason) {
  const cells = new Map();
  for (const [scenario, checks] of found.checks) {
    const isRefused = expect(`${scenario}, ${found.name}`, () => assert.ok(having(checks, 'FAILURE') > 0));
    cells.set(scenario, isRefused ? 'refused' : 'PASSED');
  }
  expect(`what has reached the server, ${found.name}`, () => assert.deepEqual(found.reached, []));
  expect(`judgements, ${found.name}`, () => {
    assert.ok(found.judged.length >= scenarioCount, `${found.judged.length} requests`);
    const shown = judgements(found, (entry) => `${entry.status} ${entry.reason}`);
    assert.deepEqual(shown, [`401 ${reason}`, 'foreign: 403 origin_denied']);
  });
  return cells;
}

async function main() {
  configure();
  const gateway = start(nginx, ['-p', folder, '-c', path('nginx.conf')]);
  await until(() => {
    if (gateway.process.exitCode !== null) throw new Error(`nginx ended: ${gateway.errors}`);
    return fetch(front).then(() => true, () => false);
  }, 'nginx');

  const bare = await ask({ name: 'bare', url: `http://127.0.0.1:${ports.server}/mcp` });
  const columns = [['bare', judgeBare(bare)]];
  for (const way of ways) {
    const found = await ask(way);
    columns.push([way.name, way.reason ? judgeRefused(found, way.reason) : judgeProtected(found, bare)]);
  }
  const complaints = readFileSync(path('error.log'), 'utf8').split('\n')
    .filter((line) => /\[(alert|crit|emerg)\]|exited on signal/.test(line));
  expect("nginx's error log", () => assert.deepEqual(complaints, []));

  const row = (first, cells) =>
    console.log([first.padEnd(29), ...cells.map((cell) => cell.padEnd(9))].join('  ').trimEnd());
  row('scenario', columns.map(([name]) => name));
  for (const scenario of bare.checks.keys()) {
    row(scenario, columns.map(([, cells]) => cells.get(scenario)));
  }
  const called = new Set(calls(bare)).size;
  console.log(`${bare.checks.size} scenarios in ${columns.length} ways, by which ${called} tools are called; ` +
    `what is otherwise than expected: ${problems.length}`);
  await gateway.end('SIGQUIT');
}

await main().catch((error) => problems.push(error.stack));
for (const problem of problems) console.log(`\n${problem}`);
process.exit(problems.length === 0 ? 0 : 1);
