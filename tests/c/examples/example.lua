-- example.lua LIBRARY CONFIG TOKEN: validates a token with libassay-c.so.1 by LuaJIT's FFI, as in OpenResty, Kong and
-- APISIX. Exit status 0 accepted, 1 refused, 2 no engine.
local ffi = require("ffi")

ffi.cdef [[
typedef struct { const char* data; size_t size; } assay_span;
typedef struct assay_config assay_config;
typedef struct assay_engine assay_engine;
typedef struct assay_worker assay_worker;
typedef struct assay_verdict assay_verdict;
typedef struct assay_error assay_error;
assay_config* assay_config_from_file(assay_span path, assay_error** error);
void assay_config_free(assay_config* config);
assay_engine* assay_engine_create(const assay_config* config, const void* options, assay_error** error);
void assay_engine_release(assay_engine* engine);
assay_worker* assay_worker_create(assay_engine* engine, assay_error** error);
void assay_worker_free(assay_worker* worker);
int32_t assay_validate(assay_worker* worker, assay_span token, int64_t now);
const assay_verdict* assay_worker_verdict(const assay_worker* worker, size_t index);
int32_t assay_claim_text(const assay_verdict* verdict, const assay_span* path, size_t names, assay_span* out);
const char* assay_reason_word(int32_t reason);
const char* assay_error_message(const assay_error* error);
void assay_error_free(assay_error* error);
]]

local assay = ffi.load(arg[1])
local ACCEPTED = 200

local function span(text)
  return ffi.new("assay_span", text, #text)
end

local err = ffi.new("assay_error*[1]")
local function required(handle)
  if handle ~= nil then return handle end
  print(ffi.string(assay.assay_error_message(err[0])))
  assay.assay_error_free(err[0])
  os.exit(2)
end

local config = ffi.gc(required(assay.assay_config_from_file(span(arg[2]), err)), assay.assay_config_free)
local engine = required(assay.assay_engine_create(config, nil, err))
local worker = required(assay.assay_worker_create(engine, err))  -- one per OpenResty worker process, after its fork

local reason = assay.assay_validate(worker, span(arg[3]), os.time())
local subject = ""
if reason == ACCEPTED then
  local name, path, out = "sub", ffi.new("assay_span[1]"), ffi.new("assay_span[1]")
  path[0] = span(name)
  if assay.assay_claim_text(assay.assay_worker_verdict(worker, 0), path, 1, out) == 1 then
    subject = ffi.string(out[0].data, out[0].size)
  end
end
print((reason == ACCEPTED and "accept " or "reject ") .. ffi.string(assay.assay_reason_word(reason)) .. " " .. subject)
assay.assay_worker_free(worker)
assay.assay_engine_release(engine)
os.exit(reason == ACCEPTED and 0 or 1)
