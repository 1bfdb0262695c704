// MCP authorization on top of the engine: scopes to tools, challenges, metadata, and guards for gateways
// that stand in front of an authorization server. Nothing here speaks HTTP.
//
//   auto policy = assay::mcp::ScopePolicy::FromJson(text, "policy.json");
//   auto checker = assay::mcp::Checker::Create(*policy, issuers);  // one per thread; see mcp/checker.h
#pragma once

#include "engine/mcp/decide/answer.h"
#include "engine/mcp/decide/challenge.h"
#include "engine/mcp/decide/checker.h"
#include "engine/mcp/decide/decision.h"
#include "engine/mcp/decide/origin.h"
#include "engine/mcp/decide/resource_metadata.h"
#include "engine/mcp/decide/scope_policy.h"
#include "engine/mcp/guards/pkce.h"
#include "engine/mcp/guards/registration.h"
#include "engine/mcp/request/credential.h"
#include "engine/mcp/request/request.h"
#include "engine/mcp/request/request_head.h"
