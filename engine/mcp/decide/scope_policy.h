// ScopePolicy: an MCP policy file (README, "Policy file"), read and compiled: which scopes a tool, a prompt, a resource
// and a method need. Immutable; shared by every thread.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/export.h"
#include "engine/base/result.h"
#include "engine/policy/policy_config.h"

namespace assay::mcp {

class CompiledPolicy;
struct ScopePolicyConfig;

// JudgedPart: what of a request a host judges, where it does not leave that to the policy's `header_mode`: the headers
// alone; or the body in any case, in the mode of the request's version unless the policy names one that reads it.
enum class JudgedPart : std::uint8_t { kAsThePolicySays, kHeaders, kBody };

class ASSAY_EXPORT ScopePolicy {
 public:
  // FromJson: reads and compiles a policy file; `name` stands in messages. Unknown members, scopes and URIs outside
  // their grammars, rules that could never hold and the like are refused, all at once.
  static Result<std::shared_ptr<const ScopePolicy>> FromJson(std::string_view text, std::string_view name,
                                                             JudgedPart part = JudgedPart::kAsThePolicySays);
  ~ScopePolicy();

  // resource: the MCP server's resource identifier (RFC 8707 section 2), canonical: without a trailing slash behind a
  // bare host.
  const std::string& resource() const;

  // metadata_url: where clients find the server's metadata (RFC 9728 section 3.1).
  const std::string& metadata_url() const;

  // own_origin: the resource's scheme, host and port.
  const std::string& own_origin() const;

  // default_scopes: what a 401 asks for that knows no operation.
  std::span<const std::string_view> default_scopes() const;

  // filters_tools_list: whether a gateway is to take from a tools/list reply what the token may not call (see
  // Checker::Permitted()).
  bool filters_tools_list() const;

  // in_report_mode: whether denials are reported only, where Decision::report_only() says so.
  bool in_report_mode() const;

  // warnings: what the file says that is allowed and hardly meant, a line each.
  std::span<const std::string> warnings() const;

  // WarningsFor: likewise what has no effect with an engine of these issuers, or what the metadata promises and none of
  // them keeps. Requires issuers that Checker::Create() takes.
  std::vector<std::string> WarningsFor(std::span<const PolicyConfig> issuers) const;

  // config, compiled: for the engine's own files.
  const ScopePolicyConfig& config() const;
  const CompiledPolicy& compiled() const { return *compiled_; }

 private:
  explicit ScopePolicy(std::unique_ptr<const CompiledPolicy> compiled);
  const std::unique_ptr<const CompiledPolicy> compiled_;
};

}  // namespace assay::mcp
