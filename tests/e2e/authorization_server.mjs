// The authorization server of the story: oidc-provider with dynamic registration, PKCE, resource indicators and JWT
// access tokens. Whoever comes is alice, and she consents.
//
//   node authorization_server.mjs CERTIFICATE KEY PORT RESOURCE...
//
// One JSON object a line on standard output: {"ready":true}, then each request with its answer. Commands on standard
// input, each answered by {"done":COMMAND}:
//   rotate   a new key signs; the old ones stay in the set
//   retire   all but the newest key leave the set
//   down     nobody is listened to any more
//   up       and again
import { createServer } from 'node:https';
import { readFileSync } from 'node:fs';
import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { createInterface } from 'node:readline';
import Provider, { errors } from 'oidc-provider';

const [certificate, key, port, ...resources] = process.argv.slice(2);
const issuer = `https://localhost:${port}`;
const scopes = ['files:read', 'files:write'];
const say = (object) => process.stdout.write(`${JSON.stringify(object)}\n`);

let generation = 0;
let keys = [newKey()];
const stored = new Map(); // registrations, sessions, grants: they outlive the provider of one key set
let provider = newProvider();

function newKey() {
  generation += 1;
  // By way of PEM: Node 20 can lock itself out for ever when it exports a key object that still belongs to the job that
  // generated it.
  const pem = generateKeyPairSync('ec', { namedCurve: 'P-256', privateKeyEncoding: { type: 'pkcs8', format: 'pem' } });
  const jwk = createPrivateKey(pem.privateKey).export({ format: 'jwk' });
  return { ...jwk, alg: 'ES256', use: 'sig', kid: `key-${generation}` };
}

function newProvider() {
  const made = new Provider(issuer, {
    adapter: Store,
    jwks: { keys },
    cookies: { keys: ['of the test'] },
    scopes,
    claims: {},
    responseTypes: ['code'],
    clientDefaults: { id_token_signed_response_alg: 'ES256' }, // what its keys are for
    // How a program that is no user gets tokens: for the load, and for another resource.
    clients: [{
      client_id: 'load', client_secret: 'of-the-test', grant_types: ['client_credentials'], redirect_uris: [],
      response_types: [], scope: scopes.join(' '),
    }],
    // Clients register with the scope that they were told of first, and later ask for more: none is held to the former.
    extraClientMetadata: {
      properties: ['software_id'],
      validator: (_context, _name, _value, metadata) => { metadata.scope = scopes.join(' '); },
    },
    issueRefreshToken: (_context, client) => client.grantTypeAllowed('refresh_token'),
    pkce: { required: () => true },
    findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
    interactions: { url: (_context, interaction) => `/interaction/${interaction.uid}` },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      registration: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_context, resource) => {
          if (!resources.includes(resource)) throw new errors.InvalidTarget();
          return {
            scope: scopes.join(' '), audience: resource, accessTokenFormat: 'jwt', accessTokenTTL: 600,
            jwt: { sign: { alg: 'ES256' } },
          };
        },
      },
    },
  });
  made.on('server_error', (_context, error) => console.error(error));
  return made;
}

// In memory, as the provider's own adapter, which would forget with the provider.
function Store(model) {
  const at = (id) => `${model}:${id}`;
  return {
    upsert: async (id, payload) => {
      stored.set(at(id), payload);
      if (payload.uid) stored.set(`uid:${payload.uid}`, at(id));
    },
    find: async (id) => stored.get(at(id)),
    findByUid: async (uid) => stored.get(stored.get(`uid:${uid}`)),
    findByUserCode: async () => undefined,
    consume: async (id) => { stored.get(at(id)).consumed = Math.floor(Date.now() / 1000); },
    destroy: async (id) => { stored.delete(at(id)); },
    revokeByGrantId: async (grant) => {
      for (const [name, payload] of stored) if (payload.grantId === grant) stored.delete(name);
    },
  };
}

// Login and consent, by itself.
async function interact(request, response) {
  const { prompt, params, session, grantId } = await provider.interactionDetails(request, response);
  if (prompt.name === 'login') {
    return provider.interactionFinished(request, response, { login: { accountId: 'alice' } });
  }
  const grant = grantId
    ? await provider.Grant.find(grantId)
    : new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
  for (const [resource, missing] of Object.entries(prompt.details.missingResourceScopes ?? {})) {
    grant.addResourceScope(resource, missing.join(' '));
  }
  if (prompt.details.missingOIDCScope) grant.addOIDCScope(prompt.details.missingOIDCScope.join(' '));
  const consent = { grantId: await grant.save() };
  return provider.interactionFinished(request, response, { consent }, { mergeWithLastSubmission: true });
}

// What a reader of the transcript wants of a form or query: no codes, verifiers and secrets.
function shown(parameters) {
  const names = ['grant_type', 'scope', 'resource', 'response_type', 'code_challenge_method', 'redirect_uri'];
  return Object.fromEntries(names.filter((name) => parameters.get(name)).map((name) => [name, parameters.get(name)]));
}

function record(request, response) {
  const url = new URL(request.url, issuer);
  const entry = { time: Date.now(), method: request.method, path: url.pathname, parameters: shown(url.searchParams) };
  let sent = '';
  let got = '';
  request.on('data', (part) => { sent += part; });
  const { write, end } = response;
  const heard = (method) => (part, ...rest) => {
    if (typeof part === 'string' || Buffer.isBuffer(part)) got += part;
    return method.call(response, part, ...rest);
  };
  response.write = heard(write);
  response.end = heard(end);
  response.on('finish', () => {
    const type = request.headers['content-type'] ?? '';
    if (type.startsWith('application/x-www-form-urlencoded')) entry.parameters = shown(new URLSearchParams(sent));
    if (url.pathname === '/reg') {
      const { client_name, redirect_uris, token_endpoint_auth_method, scope } = JSON.parse(sent);
      entry.parameters = { client_name, redirect_uris, token_endpoint_auth_method, scope };
    }
    const location = response.getHeader('location');
    if (location) entry.location = new URL(location, issuer).origin + new URL(location, issuer).pathname;
    if (url.pathname === '/token' && response.statusCode === 200) entry.granted = JSON.parse(got).scope;
    if (response.statusCode >= 400) entry.error = got.slice(0, 300);
    say({ ...entry, status: response.statusCode });
  });
}

const server = createServer({ cert: readFileSync(certificate), key: readFileSync(key) }, (request, response) => {
  record(request, response);
  if (request.url.startsWith('/interaction/')) {
    interact(request, response).catch((error) => {
      console.error(error);
      response.writeHead(500).end(error.message);
    });
  } else {
    provider.callback()(request, response);
  }
});
const listen = () => new Promise((resolve) => { server.listen(Number(port), '127.0.0.1', resolve); });

const commands = {
  rotate: () => { keys = [newKey(), ...keys]; provider = newProvider(); },
  retire: () => { keys = keys.slice(0, 1); provider = newProvider(); },
  down: () => new Promise((resolve) => { server.close(resolve); server.closeAllConnections(); }),
  up: listen,
};

await listen();
say({ ready: true });
for await (const line of createInterface({ input: process.stdin })) {
  await commands[line]();
  say({ done: line });
}
process.exit(0);
