// A certified OpenID provider over TLS, for oidc_provider_test.cc.
//
//   node oidc_provider.mjs CERTIFICATE KEY
//
// Prints `ready PORT`, then answers commands on standard input with one line each:
//   token ALG AUDIENCE   an access token (RFC 9068) from the token endpoint, signed with ALG
//   rotate               new keys go in front of the old ones, which stay in the set
//   retire               the old keys leave the set
//   counts               requests so far, by path, as JSON
import { createServer, request } from 'node:https';
import { readFileSync } from 'node:fs';
import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { createInterface } from 'node:readline';
import Provider from 'oidc-provider';

const [certificate, key] = process.argv.slice(2).map((path) => readFileSync(path));
const counts = {};
let generation = 0;
let keys = newKeys();
let handler;
let issuer;

function newKeys() {
  generation += 1;
  // By way of PEM: Node 20 can lock itself out for ever when it exports a key object that still belongs to
  // the job that generated it, and collects that job meanwhile (both take the key's mutex).
  const privateKeyEncoding = { type: 'pkcs8', format: 'pem' };
  const jwk = (type, options, alg) => ({
    ...createPrivateKey(generateKeyPairSync(type, { ...options, privateKeyEncoding }).privateKey).export({ format: 'jwk' }),
    alg, use: 'sig', kid: `${alg}-${generation}`,
  });
  return [jwk('ec', { namedCurve: 'P-256' }, 'ES256'), jwk('rsa', { modulusLength: 2048 }, 'RS256')];
}

// The algorithm travels in the resource's query: each resource server has its own.
function resourceServer(resource) {
  const url = new URL(resource);
  const alg = url.searchParams.get('alg');
  url.search = '';
  return { scope: 'read', audience: url.href, accessTokenFormat: 'jwt', accessTokenTTL: 3600, jwt: { sign: { alg } } };
}

function publish() {
  const provider = new Provider(issuer, {
    jwks: { keys },
    clients: [{
      client_id: 'test', client_secret: 'secret', grant_types: ['client_credentials'], redirect_uris: [],
      response_types: [], token_endpoint_auth_method: 'client_secret_post', scope: 'read',
    }],
    scopes: ['read'],
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: { enabled: true, getResourceServerInfo: (_context, resource) => resourceServer(resource) },
    },
  });
  handler = provider.callback();
}

function token(alg, audience) {
  const resource = new URL(audience);
  resource.searchParams.set('alg', alg);
  const form = new URLSearchParams({
    grant_type: 'client_credentials', client_id: 'test', client_secret: 'secret', scope: 'read', resource: resource.href,
  }).toString();
  return new Promise((resolve, reject) => {
    const post = request(`${issuer}/token`, {
      method: 'POST', ca: certificate, rejectUnauthorized: false,
      headers: { 'content-type': 'application/x-www-form-urlencoded', 'content-length': form.length },
    }, (response) => {
      let text = '';
      response.on('data', (part) => { text += part; });
      response.on('end', () => {
        const reply = JSON.parse(text);
        resolve(reply.access_token ?? `error ${text}`);
      });
    });
    post.on('error', reject);
    post.end(form);
  });
}

const server = createServer({ cert: certificate, key }, (incoming, outgoing) => {
  const path = incoming.url.split('?')[0];
  counts[path] = (counts[path] ?? 0) + 1;
  handler(incoming, outgoing);
});

server.listen(0, '127.0.0.1', () => {
  issuer = `https://localhost:${server.address().port}`;
  publish();
  console.log(`ready ${server.address().port}`);
});

for await (const line of createInterface({ input: process.stdin })) {
  const [command, ...rest] = line.split(' ');
  if (command === 'token') console.log(await token(...rest));
  if (command === 'rotate') keys = [...newKeys(), ...keys];
  if (command === 'retire') keys = keys.slice(0, 2);
  if (command === 'rotate' || command === 'retire') {
    publish();
    console.log(`done ${generation}`);
  }
  if (command === 'counts') console.log(JSON.stringify(counts));
}
process.exit(0);
