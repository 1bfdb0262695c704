#include "tools/assay/commands/file_formats.h"

namespace assay::cli {
namespace {

constexpr MemberText kFile[] = {
    {"version", "1", "", "The version of the format."},
    {"issuers", "array of objects", "",
     "At least one issuer. A token's `iss` picks its entry; a token of none is issuer_unknown."},
    {"limits", "object", "the limits below", "What one token may cost."},
    {"revocation", "object", "none", "Where revocations come from."},
};

constexpr MemberText kIssuer[] = {
    {"issuer", "string, array of strings, or object", "",
     "Compared with `iss` byte for byte (RFC 7519 section 4.1.1). An array holds up to 16 spellings of one issuer, of "
     "which revocation and the principal say the first. An object {\"template\": "
     "\"https://login.example/{tenant}/v2.0\", \"tenant\": [VALUES]} stands for the strings that come of it, up to "
     "100,000, each an issuer of its own."},
    {"subject_trust_domain", "string", "none",
     "In place of issuer: JWT-SVIDs without `iss`, whose `sub` is a SPIFFE ID of this trust domain."},
    {"audiences", "array of strings", "",
     "A token's `aud` must name one of them, byte for byte but for the slash behind a URI without a path. May be left "
     "out only beside audience_from."},
    {"audience_from", "object", "none", "What stands in for `aud` in tokens that have no such member: see below."},
    {"algorithms", "array of strings", "ES256, RS256",
     "Which `alg` is taken: ES256, ES384, ES512, RS256, RS384, RS512, PS256, PS384, PS512, EdDSA (with Ed25519 keys), "
     "Ed25519. Symmetric ones and none do not exist here (RFC 8725 section 3.1)."},
    {"keys", "object", "", "Where the issuer's keys come from: see below."},
    {"leeway_seconds", "0 to 300", "0", "How far the clocks may differ, for `exp`, `nbf` and `iat`."},
    {"token_type", "media type, or \"any\"", "any",
     "What `typ` must say, such as at+jwt (RFC 9068 section 2.1). With \"any\" types that are never access tokens, "
     "such as logout tokens, are refused all the same."},
    {"claims", "array of objects", "none",
     "Rules on claims, all of which must hold: see below. Refused where no token could meet one."},
    {"required_claims", "array of claims", "none", "Claims that must be there, and not null."},
    {"max_age_seconds", "integer", "none", "How long after `iat`, which is then required, a token is taken."},
    {"scope_claim", "\"scope\" or \"scp\"", "scope",
     "The claim that holds the scopes: `scope` as one string, or `scp` as a string or an array."},
    {"scopes", "object", "by scope_claim", "Scopes of any other claim, or in another form: see below."},
    {"client_claim", "claim", "client_id", "The claim that names the client."},
    {"session_claim", "claim", "sid", "The claim that names the session."},
    {"token_id_claim", "claim", "jti", "The claim that names the token."},
    {"tenant_claim", "claim", "none", "The claim that names the tenant."},
    {"header", "array of objects", "none", "Rules on members of the JOSE header: see below."},
    {"without_kid", "\"unique\" or \"try\"", "unique",
     "Which key verifies a token without `kid`: the only one that fits, or, with \"try\", each of up to 4 that fit."},
    {"accept_confirmation", "array of strings", "none",
     "Members of `cnf` (RFC 7800), such as jkt, whose proof of possession the host itself checks. Tokens with any "
     "other are refused."},
    {"refresh", "object", "the times below", "When keys are fetched anew."},
    {"mode", "\"enforce\" or \"report\"", "enforce",
     "With \"report\", gateways let tokens pass that are authentic, but are refused for their audience, type, claims "
     "or scopes, and say so. For bringing a strict policy into a fleet that runs; refused for issuers that give a "
     "token to whoever asks."},
};

constexpr MemberText kAudienceFrom[] = {
    {"claim", "claim", "", "A string claim, such as `client_id` of Cognito's access tokens."},
    {"in", "array of strings", "", "What it must be one of."},
};

constexpr MemberText kClaimRule[] = {
    {"claim", "claim", "", "What the rule is about. Beside it stands exactly one of the following."},
    {"in", "array of strings", "", "The claim is a string, and one of these."},
    {"is", "true, false, integer, string", "", "The claim is this JSON value, of this type."},
    {"has", "array of strings", "", "The claim is an array of strings and holds one of these."},
    {"words", "array of strings", "", "The claim is a string that, split at spaces, holds one of these."},
    {"prefix", "string", "", "The claim is a string that begins with this, which ends in / or :."},
    {"exists", "true", "", "The claim is there, and neither null nor the empty string."},
};

constexpr MemberText kScopes[] = {
    {"claim", "claim", "", "The claim that holds the scopes."},
    {"form", "string", "",
     "\"string\": one string, split at spaces. \"array\": an array of strings. \"either\": one or the other. \"keys\": "
     "an object, the names of whose members count where the value is true or an object that is not empty."},
    {"granted_by", "array of strings", "any",
     "With \"keys\": a name counts only where its value is an object that holds one of these names."},
};

constexpr MemberText kHeaderRule[] = {
    {"name", "string", "", "A member of the JOSE header."},
    {"in", "array of strings", "", "It must be a string, and one of these."},
};

constexpr MemberText kKeys[] = {
    {"discover", "true", "", "The JWK Set that the issuer's metadata names (RFC 8414, OpenID Connect Discovery)."},
    {"url", "URL", "", "A JWK Set, fetched. https, or http to this machine."},
    {"file", "path", "", "A JWK Set (RFC 7517) or one JWK. A relative path begins where the process runs."},
    {"inline", "object", "", "A JWK Set in the configuration itself."},
    {"pem_file", "path, or object of paths by kid", "",
     "A public key or a certificate in PEM; of a single path, for tokens without `kid`."},
    {"x509_url", "URL", "", "A JSON object of kids and certificates in PEM, as Firebase publishes it, fetched."},
    {"ca_file", "path", "the system's certificates",
     "PEM: who vouches for the server, in place of the system's certificates."},
    {"system_ca", "Boolean", "false", "The system's certificates are trusted beside those of ca_file."},
    {"bearer_token_file", "path", "none",
     "Read at each fetch, and sent by https to the origin of the URL, or issuer, alone."},
    {"proxy", "URL", "the host's", "http://[USER:PASSWORD@]HOST:PORT for https. \"\" means none."},
    {"no_proxy", "string", "the host's",
     "Hosts that are asked without the proxy: names, addresses, networks, comma-separated."},
    {"plain_http_is_dangerous", "Boolean", "false",
     "An http URL may lead to other machines and to private addresses. Whoever is on the way can change the keys."},
    {"private_addresses", "Boolean", "false", "The server may have a private address."},
};

constexpr MemberText kRefresh[] = {
    {"min_seconds", "1 to 86400", "60", "The shortest time between two fetches, whatever Cache-Control says."},
    {"max_seconds", "1 to 86400", "3600", "The longest."},
    {"cooldown_seconds", "1 to 3600", "30", "The shortest time between two fetches that an unknown kid asks for."},
    {"max_stale_seconds", "1 to 604800", "86400",
     "How long keys stay in use when the issuer does not answer; then its tokens are keys_unavailable."},
};

constexpr MemberText kLimits[] = {
    {"token_bytes", "256 to 1048576", "16384", "The longest token."},
    {"object_members", "16 to 4096", "256", "Members of one object of a token."},
    {"table_memory_mib", "1 to 65536", "64",
     "Memory for ES256 tables, shared equally among issuers. Keys for which nothing is left verify more slowly."},
    {"verdict_cache_kib", "0 to 1048576", "4096",
     "Memory of each worker for tokens that it has accepted before. 0: every token is verified anew."},
};

constexpr MemberText kRevocation[] = {
    {"file", "path", "none",
     "One revocation a line, as assay revoke writes them. It must exist, may be empty, and is watched."},
    {"redis", "object", "none", "A Redis server that is followed. Until it has been read, no token is accepted."},
    {"max_stale_seconds", "1 to 86400", "60 for Redis, none for a file",
     "The longest time without a sign that nothing was missed; then tokens are revocation_unavailable."},
    {"max_token_lifetime_seconds", "integer", "none",
     "No token lives longer after its `iat`: revocations by sub, sid and client_id are forgotten then. Every issuer's "
     "max_age_seconds must be at most this."},
};

constexpr MemberText kRedis[] = {
    {"url", "URL", "", "redis://[[USER]:PASSWORD@]HOST[:PORT][/DATABASE]; rediss: by TLS and by nothing else."},
    {"user", "string", "the default user", "Needs password_file."},
    {"password_file", "path", "none", "Read at each connection, in place of a password in the URL."},
    {"ca_file", "path", "the system's certificates", "PEM: who vouches for the server of a rediss URL."},
    {"entries_key", "string", "assay:revoked", "The sorted set of all revocations."},
    {"stream_key", "string", "assay:revocations", "The stream of new ones."},
};

constexpr ObjectText kConfiguration[] = {
    {"The file", "", kFile},
    {"An issuer", "Each element of issuers.", kIssuer},
    {"audience_from",
     "A token with an `aud`, be it null or [], is judged by audiences all the same. Needs a token_type that ID "
     "tokens do not have, or a rule that tells access tokens from them: on the value of token_use or typ, or that sid "
     "exists. Never aud or iss.",
     kAudienceFrom},
    {"A rule on a claim", "Each element of claims. Nothing is folded, trimmed or converted.", kClaimRule},
    {"scopes", "", kScopes},
    {"A rule on the header", "Each element of header.", kHeaderRule},
    {"keys",
     "Exactly one of discover, url, file, inline, pem_file and x509_url; the others say how keys are fetched, where "
     "that is not how the host fetches all others.",
     kKeys},
    {"refresh", "For keys that are fetched.", kRefresh},
    {"limits", "", kLimits},
    {"revocation", "One of file and redis, or both.", kRevocation},
    {"redis", "", kRedis},
};

constexpr MemberText kPolicy[] = {
    {"resource", "URL", "",
     "The protected resource (RFC 8707, RFC 9728), which is the audience of its tokens, and must be in audiences of "
     "every issuer in the configuration file."},
    {"audiences", "array of strings", "none",
     "Further audiences, for authorization servers that pass over `resource` of RFC 8707."},
    {"audience_from_issuers", "object by issuer", "none",
     "{\"ISSUER\": {\"claim\": CLAIM, \"in\": [VALUES]}}: what stands in for the audience of that issuer's tokens "
     "without an `aud`."},
    {"authorization_servers", "array of issuers", "", "Published in the metadata: where clients get tokens."},
    {"scopes_supported", "array of strings", "none", "Published in the metadata."},
    {"default_scopes", "array of strings", "none", "What the challenge of a request without a token asks for."},
    {"scope_prefix", "string", "none", "Put before scopes in challenges and metadata, and compared with nothing."},
    {"challenge_scopes", "\"needed\" or \"granted_and_needed\"", "needed",
     "Which scopes a 403 asks for: those of the operation, or those that the token has, too, for clients that ask for "
     "nothing but what is named."},
    {"allowed_origins", "array of origins", "the resource's own",
     "Origins of browsers that may call (http://localhost:* stands for every port)."},
    {"scope_implies", "object of arrays", "none", "{\"SCOPE\": [SCOPES]}: who has the one has the others."},
    {"methods", "object of rules", "none", "What MCP methods need, by name. A star at the end stands for every end."},
    {"tools", "object of rules", "none",
     "What tools/call needs, by the tool's name, with or without a star at its end."},
    {"resources", "object of rules", "none", "What resources/read needs, by URI, with or without a star at its end."},
    {"prompts", "object of rules", "none", "What prompts/get needs, by the prompt's name."},
    {"default_tool", "\"deny\" or \"authenticated\"", "deny", "What becomes of a tool that no rule names."},
    {"default_method", "\"deny\" or \"authenticated\"", "deny",
     "What becomes of a method that no rule names, but for those that clients send by themselves."},
    {"role_claim", "claim", "roles", "The claim that lists the user's roles. Needs roles."},
    {"roles", "object of arrays", "none", "{\"ROLE\": [SCOPES]}: what a role allows."},
    {"permissions_claim", "claim", "none", "A claim that lists scopes of the user's as they are."},
    {"grants", "\"token\", \"user\", \"intersect\" or \"either\"",
     "intersect with roles or permissions_claim, else token",
     "Which side says what is granted: the scope claim; roles and permissions; what both say; or the scope claim where "
     "the token has one, and the user's side only where it has none."},
    {"header_mode", "\"body\", \"headers_and_body\" or \"headers\"", "by the request's version",
     "Whether a request is judged by its body, by its Mcp-Method and Mcp-Name headers, or by both, which must agree."},
    {"filter_tools_list", "Boolean", "false", "Gateways take from tools/list replies what the token may not call."},
    {"resource_name", "string", "none", "Published in the metadata."},
    {"resource_documentation", "URL", "none", "Published in the metadata."},
    {"resource_policy_uri", "URL", "none", "Published in the metadata."},
    {"resource_tos_uri", "URL", "none", "Published in the metadata."},
    {"jwks_uri", "URL", "none", "Published in the metadata."},
    {"dpop_bound_access_tokens_required", "Boolean", "false",
     "Only tokens with cnf.jkt count, under the scheme DPoP (RFC 9449); the gateway checks the proof. Published."},
    {"tls_client_certificate_bound_access_tokens", "Boolean", "false", "Published in the metadata."},
    {"mode", "\"enforce\" or \"report\"", "enforce",
     "With \"report\", gateways let requests pass whose token is meant for another resource, or grants too little, and "
     "say so."},
};

constexpr MemberText kRule[] = {
    {"scopes", "array of strings", "none", "All of these are needed. An empty array: any valid token."},
    {"any_of", "array of arrays", "none", "And all of at least one of these lists."},
};

constexpr ObjectText kMcpPolicy[] = {
    {"The policy", "", kPolicy},
    {"A rule", "Each value in methods, tools, resources and prompts: scopes, any_of, or both.", kRule},
};

}  // namespace

std::span<const ObjectText> ConfigurationObjects() { return kConfiguration; }

std::span<const ObjectText> PolicyObjects() { return kMcpPolicy; }

}  // namespace assay::cli
