// MCP authorization on top of the engine: scopes to tools, challenges, metadata, and guards for gateways
// that stand in front of an authorization server. Nothing here speaks HTTP.
//
//   auto policy = assay::mcp::ScopePolicy::FromJson(text, "policy.json");
//   auto checker = assay::mcp::Checker::Create(*policy, issuers);  // one per thread; see mcp/checker.h
#pragma once

#include "engine/mcp/challenge.h"
#include "engine/mcp/checker.h"
#include "engine/mcp/credential.h"
#include "engine/mcp/origin.h"
#include "engine/mcp/pkce.h"
#include "engine/mcp/registration.h"
#include "engine/mcp/request.h"
#include "engine/mcp/request_head.h"
#include "engine/mcp/resource_metadata.h"
#include "engine/mcp/scope_policy.h"
