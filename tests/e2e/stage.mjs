// Who takes part: the authorization server, two MCP servers, Redis, the gateway; and the transcript of what they said.
import { execFileSync, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { chownSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export { sleep };

export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

export async function until(condition, what, seconds = 15) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const found = await condition();
    if (found) return found;
    if (Date.now() > end) throw new Error(`waited in vain for ${what}`);
    await sleep(20);
  }
}

// The payload of a token, which is none of a client's business, but of a test's.
export const claims = (token) => JSON.parse(Buffer.from(token.split('.')[1], 'base64url'));

// A program of ours that says one JSON object a line.
export class Program {
  #lines = [];
  #waiting = [];

  constructor(command, args, options, onLine) {
    this.process = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'], ...options });
    this.errors = '';
    this.ended = once(this.process, 'exit');
    this.ended.catch(() => {}); // it could not be started: that is in its errors
    this.process.stderr.on('data', (part) => { this.errors += part; });
    this.process.on('error', (error) => { this.errors += error.message; });
    createInterface({ input: this.process.stdout }).on('line', (line) => {
      let object;
      try {
        object = JSON.parse(line);
      } catch {
        return; // notices of a library
      }
      if (object.ready || object.done) (this.#waiting.shift() ?? ((one) => this.#lines.push(one)))(object);
      else onLine(object);
    });
  }

  // The next answer.
  answer() {
    if (this.#lines.length > 0) return Promise.resolve(this.#lines.shift());
    return Promise.race([
      new Promise((resolve) => { this.#waiting.push(resolve); }),
      this.ended.then(() => { throw new Error(`a program ended: ${this.errors}`); }),
      sleep(20000, undefined, { ref: false }).then(() => { throw new Error(`a program is silent: ${this.errors}`); }),
    ]);
  }

  command(line) {
    this.process.stdin.write(`${line}\n`);
    return this.answer();
  }

  async end(signal = 'SIGTERM') {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    this.process.kill(signal);
    const killer = setTimeout(() => this.process.kill('SIGKILL'), 5000);
    await this.ended.catch(() => {});
    clearTimeout(killer);
  }
}

// A readable record: what is done, what was exchanged meanwhile in its order, what was found.
export class Transcript {
  #events = [];
  #number = 0;
  text = '';

  constructor(names) {
    this.names = names; // [text, what stands for it]: ports and the like differ from run to run
  }

  add(time, lines) { this.#events.push({ time, lines }); }

  flush() {
    this.#events.sort((a, b) => a.time - b.time);
    for (const { lines } of this.#events) this.write(lines);
    this.#events = [];
  }

  write(lines) {
    for (const line of [lines].flat()) {
      const named = this.names.reduce((text, [from, to]) => text.replaceAll(from, to), line);
      this.text += `${named.replace(/127\.0\.0\.1:\d+/g, '127.0.0.1:…').trimEnd()}\n`;
    }
  }

  heading(text) {
    this.#number += 1;
    this.write(['', `${this.#number}. ${text}`]);
  }
}

const margin = ' '.repeat(19);
const withoutIds = (text) => text.replace(/(interaction|auth)\/[\w-]{10,}/, '$1/…');
const row = (who, what, status) => `   ${who.padEnd(9)} ${what.padEnd(76)} ${status}`;

function shownRequest({ method, path, parameters }) {
  const shown = Object.entries(parameters).map(([name, value]) => `${name}=${[value].flat().join(' ')}`);
  return [`${method.padEnd(5)} ${withoutIds(path)}`, ...shown];
}

const isRoot = process.getuid() === 0;
const [nobody, nogroup] = [65534, 65534];

export class Stage {
  #programs = [];
  #logged = 0;
  reached = [];  // what came to the MCP servers
  requests = []; // what came to the authorization server

  // Options: folder, install, node, nginx, module, assay.
  constructor(options) { Object.assign(this, options); }

  file(name, text) {
    const path = join(this.folder, name);
    if (text !== undefined) writeFileSync(path, text);
    return path;
  }

  #start(command, args, onLine = () => {}, options = {}) {
    const program = new Program(command, args, options, onLine);
    this.#programs.push(program);
    return program;
  }

  assayCommand(...args) { return execFileSync(this.assay, args, { encoding: 'utf8' }); }

  async start() {
    process.on('exit', () => { for (const program of this.#programs) program.process.kill(); });
    for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));
    const [port, authPort, redisPort] = [await freePort(), await freePort(), await freePort()];
    this.gateway = `https://localhost:${port}`;
    this.issuer = `https://localhost:${authPort}`;
    this.mcp2025 = `${this.gateway}/2025/mcp`;
    this.mcp2026 = `${this.gateway}/2026/mcp`;
    this.redis = `redis://127.0.0.1:${redisPort}`;
    this.transcript = new Transcript([
      [this.gateway, 'https://mcp.example'], [this.issuer, 'https://auth.example'],
      [encodeURIComponent(this.gateway), encodeURIComponent('https://mcp.example')],
    ]);
    const ca = this.file('ca.pem');
    const pair = [this.file('certificate.pem'), this.file('certificate.key')];

    const redis = ['--bind', '127.0.0.1', '--port', `${redisPort}`, '--save', '', '--appendonly', 'no'];
    this.#start('redis-server', redis, undefined, { cwd: this.folder });
    const start = (name, args, onLine) => this.#start(this.node, [join(this.install, name), ...args], onLine);
    const auth = [...pair, `${authPort}`, this.mcp2025, this.mcp2026];
    this.auth = start('authorization_server.mjs', auth, (entry) => this.#heardAuth(entry));
    const old = start('server_2025.mjs', [], (entry) => this.reached.push(entry));
    const fresh = start('server_2026.mjs', [], (entry) => this.reached.push(entry));
    const ports = [(await old.answer()).port, (await fresh.answer()).port];
    await this.auth.answer();

    this.file('assay.json', JSON.stringify({
      version: 1,
      issuers: [{
        issuer: this.issuer, audiences: [this.mcp2025, this.mcp2026], token_type: 'at+jwt',
        keys: { discover: true, ca_file: ca, private_addresses: true },
        refresh: { min_seconds: 1, max_seconds: 60, cooldown_seconds: 1, max_stale_seconds: 3600 },
      }],
      revocation: { redis: { url: this.redis } },
    }, undefined, 2));
    for (const [name, resource] of [['2025', this.mcp2025], ['2026', this.mcp2026]]) {
      const policy = {
        resource, authorization_servers: [this.issuer], scopes_supported: ['files:read'],
        default_scopes: ['files:read'], scope_implies: { 'files:write': ['files:read'] },
        tools: { read_file: { scopes: ['files:read'] }, write_file: { scopes: ['files:write'] } },
      };
      this.file(`${name}.json`, JSON.stringify(policy, undefined, 2));
      this.file(`${name}-filtered.json`, JSON.stringify({ ...policy, filter_tools_list: true }, undefined, 2));
    }
    mkdirSync(this.file('keys'), { mode: 0o700 }); // the workers' own
    if (isRoot) chownSync(this.file('keys'), nobody, nogroup);
    this.file('nginx.conf', gatewayConfiguration({ ...this, port, pair, ports }));
    this.nginxProgram = this.#start(this.nginx, ['-p', this.folder, '-c', this.file('nginx.conf')]);
    await until(async () => {
      if (this.nginxProgram.process.exitCode !== null) throw new Error(`nginx ended: ${this.nginxProgram.errors}`);
      return fetch(`${this.gateway}/`).then(() => true, () => false);
    }, 'the gateway');
    await this.settle();
    this.transcript.text = '';
  }

  // Has the authorization server rotate or retire its keys, go down, or come up.
  issuerIs(command, meaning) {
    this.transcript.add(Date.now(), [`   issuer    ${meaning}`]);
    return this.auth.command(command);
  }

  // What the authorization server was asked.
  #heardAuth(entry) {
    this.requests.push(entry);
    const [what, ...details] = shownRequest(entry);
    const answer = entry.location ? `${entry.status} to ${withoutIds(entry.location)}` : `${entry.status}`;
    if (entry.granted !== undefined) details.push(`granted: ${entry.granted}`);
    if (entry.error !== undefined) details.push(entry.error);
    this.transcript.add(entry.time, [row('issuer', what, answer), ...details.map((detail) => `${margin}${detail}`)]);
  }

  // What the gateway was asked, by its log. Returns the entries since the last call.
  async settle() {
    await sleep(80);
    const path = this.file('exchange.log');
    const lines = existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, -1) : [];
    const entries = lines.slice(this.#logged).map((line) => JSON.parse(line));
    this.#logged = lines.length;
    for (const entry of entries) {
      let body = {};
      try {
        body = JSON.parse(entry.body);
      } catch { /* none, or none that was read */ }
      const method = body.method ?? entry.mcp_method;
      const call = method === undefined ? '' : ` ${method} ${body.params?.name ?? entry.mcp_name}`.trimEnd();
      // Of an accepted request the token is gone before it is logged.
      const token = entry.sub !== '' ? ` as ${entry.sub}` : entry.token === 'yes' ? ' with a token' : '';
      const isStream = entry.type.startsWith('text/event-stream') && entry.method === 'GET';
      const stream = isStream ? ' (an event stream, ended now)' : '';
      const isRefused = entry.status >= 400 && entry.assay !== 'accept';
      const detail = entry.detail === '-' ? '' : `: ${entry.detail}`;
      const verdict = isRefused ? ` ${entry.assay}${detail}` : '';
      const challenge = entry.challenge.split(/(?<=,) (?=\w+=)/).filter(Boolean);
      this.transcript.add(entry.time * 1000, [
        row('gateway', `${entry.method.padEnd(5)} ${entry.uri}${call}${token}${stream}`, `${entry.status}${verdict}`),
        ...challenge.map((part, i) => `${margin}${i === 0 ? 'WWW-Authenticate: ' : '  '}${part}`)]);
    }
    this.transcript.flush();
    return entries;
  }

  workers() {
    const { pid } = this.nginxProgram.process;
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);
  }

  // Old workers stay for as long as a client has an event stream with them.
  async reload() {
    const before = this.workers();
    this.nginxProgram.process.kill('SIGHUP');
    await until(() => this.workers().filter((worker) => !before.includes(worker)).length === 2, 'new workers');
  }

  errorLog() { return existsSync(this.file('error.log')) ? readFileSync(this.file('error.log'), 'utf8') : ''; }

  async end() {
    for (const program of this.#programs.reverse()) {
      await program.end(program === this.nginxProgram ? 'SIGQUIT' : 'SIGTERM');
    }
  }
}

// An nginx that stays in the foreground, with the module, all of its files in `folder`, and `http` in its http block.
export function nginxConfiguration({ folder, module }, http) {
  const kinds = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  const temporary = kinds.map((kind) => `  ${kind}_temp_path ${folder}/${kind};\n`).join('');
  return `load_module ${module};
${isRoot ? 'user nobody nogroup;' : ''}
daemon off; worker_processes 2; pid ${folder}/nginx.pid; error_log ${folder}/error.log info;
events { worker_connections 256; }
http {
${temporary}
  client_body_buffer_size 1m;
  proxy_http_version 1.1;
  proxy_set_header Connection "";
  proxy_buffering off;
${http}
}
`;
}

function gatewayConfiguration({ folder, module, port, pair, ports }) {
  const location = (path, policy, backend) =>
    `    location = ${path} { assay on; assay_mcp ${folder}/${policy}.json; proxy_pass http://127.0.0.1:${backend}; }`;
  const locations = ['2025', '2026'].flatMap((name, i) => [
    location(`/${name}/mcp`, name, ports[i]), location(`/${name}/filtered`, `${name}-filtered`, ports[i]),
  ]).join('\n');
  return nginxConfiguration({ folder, module }, `
  map $http_authorization $has_token { "" no; default yes; }
  map $http_x_load $is_shown { "" 1; default 0; }
  log_format exchange escape=json '{"time":$msec,"method":"$request_method","uri":"$request_uri","status":$status,'
    '"token":"$has_token","mcp_method":"$http_mcp_method","mcp_name":"$http_mcp_name",'
    '"body":"$request_body","challenge":"$sent_http_www_authenticate","assay":"$assay_status","detail":"$assay_detail",'
    '"type":"$sent_http_content_type","sub":"$assay_sub","tool":"$assay_tool"}';
  access_log ${folder}/exchange.log exchange if=$is_shown;

  assay_config ${folder}/assay.json;
  assay_key_folder ${folder}/keys;
  assay_wait_for_keys 1s; # this machine is busy

  server {
    listen 127.0.0.1:${port} ssl;
    ssl_certificate ${pair[0]};
    ssl_certificate_key ${pair[1]};
    assay_metadata ${folder}/2025.json own_path;
    assay_metadata ${folder}/2026.json;
${locations}
    location / { return 404; }
  }`);
}
