// The story: unmodified clients log in, read, are refused to write, ask for more, write; tokens are revoked, keys are
// rotated under load, the issuer goes away, and the gateway is loaded anew. Ends with 1, and with all that was said,
// when anything is otherwise than expected.
//
//   node story.mjs FOLDER TRANSCRIPT
//
// E2E_INSTALL, ASSAY_NGINX_BINARY, ASSAY_NGINX_MODULE and ASSAY_COMMAND in the environment say where the programs are;
// FOLDER holds certificates.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { Browser } from './browser.mjs';
import { Inspector, McpRemote, SdkClient2025, SdkClient2026, post } from './clients.mjs';
import { Stage, claims, freePort, sleep, until } from './stage.mjs';

const [folder, file] = process.argv.slice(2);
const {
  E2E_INSTALL: install, ASSAY_NGINX_BINARY: nginx, ASSAY_NGINX_MODULE: module, ASSAY_COMMAND: assay,
} = process.env;
const stage = new Stage({ folder, install, nginx, module, assay, node: process.execPath });
const alice = new Browser();
const clients = []; // to be closed
let settled = []; // what the gateway logged in the step before

async function step(heading, action) {
  const start = Date.now();
  stage.transcript.heading(heading);
  stage.requests = [];
  const found = await action();
  settled = await stage.settle();
  for (const line of [found ?? []].flat()) stage.transcript.write(`   -> ${line}`);
  stage.seconds.push([heading, (Date.now() - start) / 1000]);
}
stage.seconds = [];

// Looks within a step at what the gateway has logged since the last look. It logs a request when it has answered it, and
// on a busy machine later than its client goes on: what is still to come is waited for.
async function look(isComplete) {
  const entries = [];
  await until(async () => {
    entries.push(...await stage.settle());
    return isComplete(entries);
  }, 'what the gateway logs', 5).catch(() => {}); // what is missing, the step's own checks say
  return entries;
}
const statuses = (entries, tool) =>
  entries.filter(({ body, mcp_name }) => mcp_name === tool || body.includes(tool)).map(({ status }) => status);
const hasTwoWrites = (entries) => statuses(entries, 'write_file').length === 2;
const asked = (path) => stage.requests.filter((request) => request.path === path);

async function clientToken(resource, scope = 'files:read') {
  const response = await fetch(`${stage.issuer}/token`, {
    method: 'POST', headers: { authorization: `Basic ${btoa('load:of-the-test')}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', scope, resource }),
  });
  return (await response.json()).access_token;
}

// Requests that the transcript leaves out, being many.
const unshown = { 'x-load': '1' };
const quietly = async (token) => (await post(stage.mcp2026, token, 'read_file', unshown)).status;

const forged = (token) => `${token.slice(0, -8)}${token.endsWith('AAAAAAAA') ? 'BBBBBBBB' : 'AAAAAAAA'}`;

function unsigned(token) {
  const header = Buffer.from(JSON.stringify({ alg: 'none', typ: 'at+jwt' })).toString('base64url');
  return `${header}.${token.split('.')[1]}.`;
}

async function sdkStory(Kind, name, url, version) {
  const client = new Kind(name, url, alice);
  clients.push(client);
  await step(`${name}: connects, is sent to the issuer, registers and logs in`, async () => {
    await client.connect();
    const metadata = `/.well-known/oauth-protected-resource/${version}/mcp`;
    const isRefusal = ({ status }) => status === 401;
    const entries = await look((logged) => logged.some(isRefusal) && logged.some(({ uri }) => uri === metadata));
    const refused = entries.find(isRefusal);
    assert.ok(refused?.challenge.includes(`resource_metadata="${stage.gateway}${metadata}"`), refused?.challenge);
    assert.ok(entries.some(({ uri, status }) => uri === metadata && status === 200));
    assert.equal(asked('/reg').length, 1);
    assert.equal(asked('/auth')[0].parameters.code_challenge_method, 'S256');
    assert.equal(asked('/auth')[0].parameters.resource, url);
    assert.equal(asked('/token')[0].parameters.resource, url);
    assert.equal(claims(client.token).aud, url);
    assert.equal(claims(client.token).scope, 'files:read');
    assert.equal(client.logins, 1);
    return `one login; a token for ${url} with files:read and no more`;
  });
  await step(`${name}: lists tools and reads`, async () => {
    const tools = await client.tools();
    assert.deepEqual(tools, ['read_file', 'write_file']);
    assert.equal(await client.call('read_file'), 'contents of notes');
    assert.equal(client.logins, 1);
    return [`sees ${tools.join(', ')}`, 'read_file: contents of notes'];
  });
  await step(`${name}: behind a policy that hides tools, it sees those alone that its token may call`, async () => {
    assert.deepEqual(await client.filteredTools(url.replace(/mcp$/, 'filtered')), ['read_file']);
    return 'sees read_file';
  });
  await step(`${name}: writes, is told which scope that needs, asks for it, writes`, async () => {
    assert.equal(await client.call('write_file'), 'wrote notes');
    const entries = await look(hasTwoWrites);
    assert.deepEqual(statuses(entries, 'write_file'), [403, 200]);
    const [refused] = entries.filter(({ status }) => status === 403);
    assert.match(refused.challenge, /error="insufficient_scope"/);
    assert.match(refused.challenge, /scope="[^"]*files:write[^"]*"/);
    assert.equal(client.logins, 2);
    assert.ok(claims(client.token).scope.includes('files:write'));
    return `write_file: wrote notes; the token has ${claims(client.token).scope}`;
  });
  return client;
}

async function refusals(first, second) {
  await step('Tokens that are none, and none for here', async () => {
    const wrong = {
      'no token': undefined,
      "alice's token for the other server": first.token,
      'her token with another signature': forged(second.token),
      'her token without a signature': unsigned(second.token),
      'an opaque token': 'opaque-token-of-somebody',
    };
    const found = [];
    for (const [what, token] of Object.entries(wrong)) {
      const { status, challenge, text } = await post(stage.mcp2026, token, 'read_file');
      assert.equal(status, 401, what);
      assert.match(challenge, /^Bearer .*resource_metadata="/, what);
      assert.ok(!text.includes('contents'), what);
      found.push(`${what}: ${status}`);
    }
    const { status } = await post(stage.mcp2026, second.token, 'read_file', { 'mcp-name': 'write_file' });
    assert.equal(status, 400, 'a head that names another tool than the body');
    const good = await post(stage.mcp2026, second.token, 'read_file');
    assert.equal(good.status, 200, good.text);
    return [...found, 'a head that names another tool than the body: 400', 'her token as it is: 200'];
  });
}

async function mcpRemoteStory() {
  const client = new McpRemote(stage, stage.mcp2026, alice, await freePort());
  clients.push(client);
  await step('mcp-remote: the user of a desktop program logs in, reads, logs in for more, writes', async () => {
    try {
      await client.connect();
      const tools = await client.tools();
      assert.ok(tools.includes('read_file'));
      assert.equal(await client.call('read_file'), 'contents of notes');
      assert.equal(client.seen.logins.length, 1);
      assert.equal(await client.call('write_file'), 'wrote notes');
      assert.equal(client.seen.logins.length, 2);
      assert.deepEqual(statuses(await look(hasTwoWrites), 'write_file'), [403, 200]);
      return [`sees ${tools.join(', ')}`, 'read_file: contents of notes', 'write_file: wrote notes'];
    } catch (error) {
      error.message += `\nmcp-remote said:\n${client.seen.text}`;
      throw error;
    }
  });
  return client;
}

async function inspectorStory() {
  for (const [name, url, era] of [['2025', stage.mcp2025, 'legacy'], ['2026', stage.mcp2026, 'modern']]) {
    const inspector = new Inspector(stage, name, url, era, alice, await freePort());
    await step(`inspector --cli, ${era} era: logs in, reads, is told what it lacks, asks for it, writes`, async () => {
      assert.deepEqual(await inspector.call('read_file'), { text: 'contents of notes', logins: 1 });
      assert.deepEqual(await inspector.call('write_file'), { text: 'wrote notes', logins: 1 });
      assert.deepEqual(statuses(await look(hasTwoWrites), 'write_file'), [403, 200]);
      return ['read_file: contents of notes', 'write_file: wrote notes'];
    });
  }
}

async function revocation(client) {
  await step('A token is revoked, by Redis', async () => {
    const revoked = client.token;
    assert.equal((await post(stage.mcp2026, revoked, 'read_file')).status, 200);
    const { jti, exp } = claims(revoked);
    stage.assayCommand('revoke', '--redis', stage.redis, '--issuer', stage.issuer, '--jti', jti, '--exp', `${exp}`);
    const start = Date.now();
    await until(async () => await quietly(revoked) === 401, 'the revocation', 5);
    const waited = Date.now() - start;
    // Both workers know, and go on knowing.
    for (let i = 0; i < 20; i += 1) {
      const { status } = await post(stage.mcp2026, revoked, 'read_file', { ...unshown, connection: 'close' });
      assert.equal(status, 401);
    }
    const logins = client.logins;
    assert.equal(await client.call('read_file'), 'contents of notes');
    assert.equal(client.logins, logins + 1);
    const soon = waited < 1000 ? 'within a second' : 'within five seconds';
    return `refused ${soon}; the client had its user log in again, and reads`;
  });
}

// A connection that was kept alive may end at a reload just when a request goes out on it: then it is made again.
async function patiently(action) {
  try {
    return await action();
  } catch (error) {
    if (!['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE'].includes(error.cause?.code)) throw error;
    return action();
  }
}

// Of four requests two are to be allowed, one needs more scope, and one has a token that is to be refused.
async function load(seconds, tokens, elsewhere, meanwhile) {
  const counts = { allowed: 0, scope: 0, refused: 0 };
  const bad = [forged(tokens[0]), unsigned(tokens[0]), elsewhere];
  const end = Date.now() + seconds * 1000;
  const one = async (number) => {
    for (let i = number; Date.now() < end; i += 1) {
      const kind = i % 4;
      const token = kind === 3 ? bad[i % bad.length] : tokens[i % tokens.length];
      const tool = kind === 2 ? 'write_file' : 'read_file';
      const { status, text } = await patiently(() => post(stage.mcp2026, token, tool, unshown));
      const wanted = [200, 200, 403, 401][kind];
      assert.equal(status, wanted, `request ${i}: ${text}`);
      counts[['allowed', 'allowed', 'scope', 'refused'][kind]] += 1;
    }
  };
  await Promise.all([...Array.from({ length: 8 }, (_, number) => one(number)), meanwhile(tokens)]);
  const { allowed, scope, refused } = counts;
  return `${allowed} allowed, ${scope} refused for their scope, ${refused} refused for their token; no other answer`;
}

// The configured second, in which nothing is fetched for a key that is not known, and once more: the worker that
// fetches may do so a second time, for what the other one had asked before.
const afterCooldown = 2300;

async function rotation() {
  await step('The issuer rotates its keys twice, under load', async () => {
    const tokens = [await clientToken(stage.mcp2026)];
    const first = tokens[0];
    const found = await load(5, tokens, await clientToken(stage.mcp2025), async () => {
      for (let i = 0; i < 2; i += 1) {
        await sleep(i === 0 ? 800 : afterCooldown);
        await stage.issuerIs('rotate', 'a new key signs');
        tokens.push(await clientToken(stage.mcp2026));
      }
    });
    assert.equal(new Set(tokens.map((token) => token.split('.')[0])).size, 3, 'three keys');
    await sleep(afterCooldown);
    await stage.issuerIs('retire', 'the old keys leave the set');
    const fresh = await clientToken(stage.mcp2026);
    await stage.issuerIs('rotate', 'a new key signs');
    assert.equal(await quietly(await clientToken(stage.mcp2026)), 200);
    await until(async () => await quietly(first) === 401, 'the end of the first key');
    assert.equal(await quietly(fresh), 200);
    return [found, 'the first key has left the set: its tokens are refused'];
  });
}

async function outage() {
  await step('The issuer is down, and nginx is reloaded meanwhile: the keys stay', async () => {
    // The worker that sees this token has its key fetched, and the other one gets it by the folder that they share.
    await sleep(afterCooldown);
    await stage.issuerIs('rotate', 'a new key signs');
    const tokens = [await clientToken(stage.mcp2026)];
    const elsewhere = await clientToken(stage.mcp2025);
    assert.equal(await quietly(tokens[0]), 200);
    await stage.issuerIs('down', 'goes away');
    const found = await load(4, tokens, elsewhere, async () => {
      await sleep(1500);
      stage.transcript.add(Date.now(), ['   gateway   is reloaded']);
      await stage.reload();
    });
    await stage.issuerIs('up', 'is back');
    return found;
  });
}

async function story() {
  await stage.start();
  stage.transcript.write('In front: who was asked. "gateway" is nginx with the module, "issuer" is oidc-provider.');
  const first = await sdkStory(SdkClient2025, 'SDK 1.32', stage.mcp2025, '2025');
  const second = await sdkStory(SdkClient2026, 'client 2.4', stage.mcp2026, '2026');
  await refusals(first, second);
  const remote = await mcpRemoteStory();
  await inspectorStory();
  await revocation(second);
  await rotation();
  await outage();
  await step('nginx -s reload', async () => {
    await stage.reload();
    assert.equal(await remote.call('read_file'), 'contents of notes');
    return 'mcp-remote reads on; where the key of its token has left, it got another one by itself';
  });
  const [third, fourth] = [
    await sdkStory(SdkClient2025, 'SDK 1.32, again', stage.mcp2025, '2025'),
    await sdkStory(SdkClient2026, 'client 2.4, again', stage.mcp2026, '2026'),
  ];
  await refusals(third, fourth);
  await step('What the MCP servers saw', async () => {
    assert.ok(stage.reached.length > 100);
    assert.ok(stage.reached.every(({ authorization }) => authorization === null), 'a token has reached a server');
    return 'requests, and not one token';
  });
  const isComplaint = (line) => /\[(alert|crit|emerg)\]|exited on signal/.test(line);
  const complaints = stage.errorLog().split('\n').filter(isComplaint);
  assert.deepEqual(complaints, []);
}

let failure;
try {
  await story();
} catch (error) {
  failure = error;
}
for (const client of clients) await client.close().catch(() => {});
await stage.settle().catch(() => {});
await stage.end();
writeFileSync(file, stage.transcript.text);
if (failure === undefined) {
  console.log(stage.transcript.text);
  console.log(stage.seconds.map(([heading, seconds]) => `${seconds.toFixed(1).padStart(6)} s  ${heading}`).join('\n'));
} else {
  console.log(stage.transcript.text);
  console.log(`\nnginx's error log:\n${stage.errorLog().split('\n').slice(-60).join('\n')}`);
  console.log(failure);
}
process.exit(failure === undefined ? 0 : 1);
