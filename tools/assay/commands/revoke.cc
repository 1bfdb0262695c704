// assay revoke: adds revocations to a file or to a Redis server.
#include <ctime>
#include <optional>

#include "engine/base/limits.h"
#include "engine/revocation/revocation_line.h"
#include "tools/assay/commands/command.h"
#include "tools/assay/io/append_atomically.h"
#include "tools/assay/io/console.h"
#include "tools/assay/io/files.h"
#include "tools/assay/run/options.h"
#include "tools/assay/run/revocation_feeds.h"

namespace assay::cli {
namespace {

constexpr char kFooter[] =
    "FILE is replaced as a whole, so that whoever watches it never sees half of it. In Redis an entry "
    "goes\n"
    "into the sorted set assay:revoked and the stream assay:revocations, in one step; let the server "
    "run\n"
    "with `appendonly yes` and `appendfsync always`, or a crash may lose what it has acknowledged.";

struct RevokeOptions {
  explicit RevokeOptions(CLI::App* app) {
    file = AddValue(app, "--file", "FILE", "Add to this file of revocations, which need not exist yet");
    redis = AddValue(app, "--redis", "URL", "Add to this server: redis[s]://[[USER]:PASSWORD@]HOST[:PORT][/DATABASE]");
    redis_options.emplace(app, redis);
    file->excludes(redis);
    issuer = AddValue(app, "--issuer", "S", "`iss` of the tokens");
    jti = AddValue(app, "--jti", "S", "Revoke the token with this `jti`");
    exp = AddValue(app, "--exp", "UNIX", "Its `exp`: the entry is dropped after that; without, never");
    sub = AddValue(app, "--sub", "S", "Revoke tokens of this `sub`, as issued so far");
    sid = AddValue(app, "--sid", "S", "The same by `sid`");
    client_id = AddValue(app, "--client-id", "S", "The same by `client_id`");
    kid =
        AddValue(app, "--kid", "S", "Revoke whatever the issuer's key of this `kid` has signed or will sign, for good");
    issued_before = AddValue(app, "--issued-before", "UNIX",
                             "With --sub, --sid, --client-id: tokens issued at this time or earlier, default now. "
                             "Alone: all such tokens of the issuer");
    from = AddValue(app, "--from", "FILE", "Instead: revocations, one JSON object a line; `-` is standard input");
    for (CLI::Option* option : {issuer, jti, exp, sub, sid, client_id, kid, issued_before}) from->excludes(option);
  }

  std::optional<RedisOptions> redis_options;
  CLI::Option *file, *redis, *issuer, *jti, *exp, *sub, *sid, *client_id, *kid, *issued_before, *from;
};

// ReadKind: by what the options name tokens. Throws InputError unless it is one thing.
void ReadKind(const RevokeOptions& options, Revocation* revocation) {
  int kinds = 0;
  for (const auto& [option, by] :
       {std::pair{options.jti, RevokedBy::kJwtId}, std::pair{options.sub, RevokedBy::kSubject},
        std::pair{options.sid, RevokedBy::kSession}, std::pair{options.client_id, RevokedBy::kClient},
        std::pair{options.kid, RevokedBy::kKey}}) {
    if (!Given(option)) continue;
    ++kinds;
    revocation->by = by;
    revocation->value = Text(option);
  }
  // A whole issuer never by default: its time must be said.
  if (kinds == 0 && Given(options.issued_before)) {
    revocation->by = RevokedBy::kIssuer;
  } else if (kinds != 1) {
    throw InputError{
        "exactly one of --jti, --sub, --sid, --client-id, --kid is needed, or --issued-before alone, or --from"};
  }
}

Revocation FromOptions(const RevokeOptions& options) {
  Revocation revocation;
  revocation.issuer = Text(options.issuer);
  ReadKind(options, &revocation);
  if (!Given(options.issuer)) throw InputError{"--issuer is needed: names mean something within an issuer only"};
  if (Given(options.exp)) revocation.expires_at = Number(options.exp, 0, 0, INT64_MAX);
  if (Given(options.issued_before)) {
    revocation.issued_before = Number(options.issued_before, 0, 0, INT64_MAX);
  } else if (revocation.by != RevokedBy::kJwtId && revocation.by != RevokedBy::kKey) {
    revocation.issued_before = std::time(nullptr);
  }
  if (const auto valid = ValidateRevocation(revocation); !valid) throw InputError{valid.error()};
  if (revocation.expires_at.value_or(INT64_MAX) < std::time(nullptr) - kMaxLeewaySeconds) {
    Warn("--exp is long past: no engine takes the token any more, and the entry is dropped at once");
  }
  return revocation;
}

// WarnOfTimes: of times that nobody means. What was issued up to a time ahead is locked out until then.
void WarnOfTimes(const std::vector<Revocation>& revocations) {
  const std::int64_t now = std::time(nullptr);
  for (const Revocation& revocation : revocations) {
    const std::int64_t before = revocation.issued_before.value_or(0);
    if (before <= now + kMaxLeewaySeconds) continue;
    Warn("issued_before " + std::to_string(before) + " lies ahead: tokens that are issued until then are revoked too" +
         (before / 1000 > now / 2 ? "; it is in seconds, and this looks like milliseconds" : ""));
    return;
  }
}

std::vector<Revocation> ReadRevocations(const std::string& path, const std::string& text) {
  std::vector<Revocation> revocations;
  const Result<void> read = revocation::RevocationLineReader().ReadAll(
      text, [&](const Revocation& revocation) { revocations.push_back(revocation); });
  if (!read) throw InputError{path + ": " + read.error()};
  return revocations;
}

int RunRevoke(const RevokeOptions& options) {
  if (!Given(options.file) && !Given(options.redis)) throw InputError{"--file or --redis is needed"};
  std::vector<Revocation> revocations;
  if (Given(options.from)) {
    const std::string path = Text(options.from);
    revocations = ReadRevocations(path, ReadFile(path, kMaxRevocationFileBytes));
    if (revocations.empty()) throw InputError{"no revocation in " + path};
  } else {
    revocations.push_back(FromOptions(options));
  }
  WarnOfTimes(revocations);
  if (Given(options.redis)) {
    PublishRevocations(options.redis_options->Build(Text(options.redis)), revocations);
    return kExitGood;
  }
  std::string lines;
  for (const Revocation& revocation : revocations) lines += FormatRevocation(revocation) + '\n';
  // A file that no gateway would take must not seem to have been added to.
  AppendAtomically(Text(options.file), lines, kMaxRevocationFileBytes,
                   [](const std::string& path, const std::string& text) { ReadRevocations(path, text); });
  return kExitGood;
}

}  // namespace

void AddRevoke(CLI::App& app, Action* action) {
  CLI::App* revoke = app.add_subcommand("revoke", "Revoke tokens, in a file or through Redis");
  revoke->footer(kFooter);
  auto options = std::make_shared<RevokeOptions>(revoke);
  revoke->callback([=] { *action = [=] { return RunRevoke(*options); }; });
}

}  // namespace assay::cli
