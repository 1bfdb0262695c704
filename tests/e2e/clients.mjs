// The clients, as they are published. A user's browser is played where they want one.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { Client as Client2025 } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport as Transport2025 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { UnauthorizedError as Unauthorized2025 } from '@modelcontextprotocol/sdk/client/auth.js';
import {
  Client as Client2026, StreamableHTTPClientTransport as Transport2026, UnauthorizedError as Unauthorized2026,
  CLIENT_CAPABILITIES_META_KEY, CLIENT_INFO_META_KEY, PROTOCOL_VERSION_META_KEY,
} from '@modelcontextprotocol/client';

// What an application gives the SDKs' clients: where registrations, verifiers and tokens are kept.
class Account {
  redirectUrl = 'http://127.0.0.1:33333/callback'; // nobody listens: the browser tells where it was sent

  constructor(name) {
    this.clientMetadata = {
      client_name: name, redirect_uris: [this.redirectUrl], grant_types: ['authorization_code'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
    };
  }

  clientInformation() { return this.information; }
  saveClientInformation(information) { this.information = information; }
  tokens() { return this.kept; }
  saveTokens(tokens) { this.kept = tokens; }
  saveCodeVerifier(verifier) { this.verifier = verifier; }
  codeVerifier() { return this.verifier; }
  saveDiscoveryState(state) { this.discovered = state; }
  discoveryState() { return this.discovered; }
  redirectToAuthorization(url) { this.login = url; }
}

// A program of one of the SDKs. `logins` counts how often its user was asked.
export class SdkClient {
  logins = 0;

  constructor(name, url, browser) { Object.assign(this, { name, url, browser, account: new Account(name) }); }

  get token() { return this.account.kept.access_token; }

  #fresh(url, options) {
    const information = { name: this.name, version: '1' };
    if (!this.isModern) return [new Client2025(information), new Transport2025(new URL(url), options)];
    const client = new Client2026(information, { versionNegotiation: { mode: 'auto' } });
    return [client, new Transport2026(new URL(url), options)];
  }

  // Does something, and once more when its user had to log in.
  async #withLogin(action) {
    try {
      return await action();
    } catch (error) {
      if (!(error instanceof Unauthorized2025) && !(error instanceof Unauthorized2026)) throw error;
    }
    this.logins += 1;
    const { url, status, text } = await this.browser.visit(this.account.login, this.account.redirectUrl);
    if (status !== undefined || url.searchParams.has('error')) {
      throw new Error(`the login ends at ${url} with ${status}: ${text}`);
    }
    await this.transport.finishAuth(this.isModern ? url.searchParams : url.searchParams.get('code'));
    return action();
  }

  connect() {
    return this.#withLogin(async () => {
      [this.client, this.transport] = this.#fresh(this.url, { authProvider: this.account });
      await this.client.connect(this.transport);
    });
  }

  tools() { return this.#withLogin(async () => (await this.client.listTools()).tools.map(({ name }) => name)); }

  // What it sees elsewhere, with the token that it has.
  async filteredTools(url) {
    const headers = { authorization: `Bearer ${this.token}` };
    const [client, transport] = this.#fresh(url, { requestInit: { headers } });
    await client.connect(transport);
    const { tools } = await client.listTools();
    await client.close();
    return tools.map(({ name }) => name);
  }

  call(name) {
    const call = { name, arguments: { path: 'notes' } };
    return this.#withLogin(async () => (await this.client.callTool(call)).content[0].text);
  }

  close() { return this.client.close(); }
}

export class SdkClient2025 extends SdkClient { isModern = false; }
export class SdkClient2026 extends SdkClient { isModern = true; }

// One request by hand, as a client of 2026-07-28 makes it.
export async function post(url, token, tool, headers = {}) {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      accept: 'application/json, text/event-stream', 'content-type': 'application/json',
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': 'tools/call', 'mcp-name': tool, ...(token ? { authorization: `Bearer ${token}` } : {}), ...headers,
    },
    body: JSON.stringify({
      jsonrpc: '2.0', id: 1, method: 'tools/call',
      params: {
        name: tool, arguments: { path: 'notes' },
        _meta: {
          [PROTOCOL_VERSION_META_KEY]: '2026-07-28', [CLIENT_INFO_META_KEY]: { name: 'by hand', version: '1' },
          [CLIENT_CAPABILITIES_META_KEY]: {},
        },
      },
    }),
  });
  const challenge = response.headers.get('www-authenticate') ?? '';
  return { status: response.status, challenge, text: await response.text() };
}

// What a program on a machine without a desktop has: its own home, and a browser that shows nothing.
function environment(stage, home) {
  return {
    PATH: process.env.PATH, HOME: home, BROWSER: 'true', NO_COLOR: '1', NODE_EXTRA_CA_CERTS: stage.file('ca.pem'),
    MCP_AUTO_OPEN_ENABLED: 'true', MCP_INSPECTOR_SECRET_STORE: 'file',
  };
}

// Finds the login URLs that a program prints, and visits each.
function watchForLogins(stream, stage, browser) {
  const seen = { text: '', logins: [] };
  let rest = '';
  stream.on('data', (part) => {
    seen.text += part;
    rest += part;
    const lines = rest.split(/\s/);
    rest = lines.pop();
    for (const word of lines) {
      if (!word.startsWith(`${stage.issuer}/auth?`)) continue;
      // The program listens for where the browser is sent in the end.
      seen.logins.push(browser.visit(word).then(({ url, status }) => ({ url, status }), (error) => ({ error })));
    }
  });
  return seen;
}

// mcp-remote, behind which a desktop program sees a server on standard input and output.
export class McpRemote {
  constructor(stage, url, browser, port) {
    const program = join(stage.install, 'node_modules/mcp-remote/dist/proxy.js');
    this.transport = new StdioClientTransport({
      command: stage.node, args: [program, url, `${port}`, '--transport', 'http-only', '--host', '127.0.0.1'],
      env: environment(stage, stage.folder), stderr: 'pipe',
    });
    this.seen = watchForLogins(this.transport.stderr, stage, browser);
    this.client = new Client2025({ name: 'a desktop program', version: '1' });
  }

  connect() { return this.client.connect(this.transport, { timeout: 20000 }); }

  async tools() { return (await this.client.listTools()).tools.map(({ name }) => name); }

  async call(name) {
    const call = { name, arguments: { path: 'notes' } };
    return (await this.client.callTool(call, undefined, { timeout: 10000 })).content[0].text;
  }

  close() { return this.client.close(); }
}

// `inspector --cli` for a server in its configuration file, which keeps logins from run to run.
export class Inspector {
  constructor(stage, name, url, era, browser, port) {
    Object.assign(this, { stage, name, browser });
    this.program = join(stage.install, 'node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js');
    // Only for servers with such a member does it ask for more scope where it is told that it needs it.
    const server = { type: 'streamable-http', url, oauth: { scopes: 'files:read' } };
    this.config = stage.file(`inspector-${name}.json`, JSON.stringify({ mcpServers: { [name]: server } }));
    this.options = ['--config', this.config, '--server', name, '--protocol-era', era, '--format', 'json',
      '--callback-url', `http://127.0.0.1:${port}/oauth/callback`];
  }

  // One run, which says yes where it is asked about more scope.
  async call(tool) {
    const call = ['--method', 'tools/call', '--tool-name', tool, '--tool-arg', 'path=notes'];
    const child = spawn(this.stage.node, [this.program, '--cli', ...this.options, ...call], {
      env: environment(this.stage, this.stage.folder), stdio: ['pipe', 'pipe', 'pipe'],
    });
    const seen = watchForLogins(child.stderr, this.stage, this.browser);
    let out = '';
    child.stdout.on('data', (part) => { out += part; });
    child.stderr.on('data', () => {
      if (seen.text.includes('[y/N]') && !child.stdin.writableEnded) child.stdin.end('y\n');
    });
    const timer = setTimeout(() => child.kill('SIGKILL'), 25000);
    const [status] = await once(child, 'close');
    clearTimeout(timer);
    if (status !== 0) throw new Error(`inspector --cli ended with ${status}: ${seen.text}${out}`);
    return { text: JSON.parse(out).result?.content[0].text ?? out, logins: seen.logins.length };
  }
}
