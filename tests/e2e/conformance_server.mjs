// An MCP server with what the scenarios of @modelcontextprotocol/conformance ask for, by the names that they use, and
// with nothing more.
import { setTimeout as sleep } from 'node:timers/promises';
import { InMemoryEventStore } from '@modelcontextprotocol/sdk/examples/shared/inMemoryEventStore.js';
import { createMcpExpressApp } from '@modelcontextprotocol/sdk/server/express.js';
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import {
  CallToolRequestSchema, CompleteRequestSchema, CreateMessageResultSchema, ElicitResultSchema, GetPromptRequestSchema,
  ListPromptsRequestSchema, ListResourcesRequestSchema, ListToolsRequestSchema, ReadResourceRequestSchema,
  SubscribeRequestSchema, UnsubscribeRequestSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { sessionHandler } from './sessions.mjs';
import { say, serve, text } from './tools.mjs';

// One pixel, and no sound.
const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==';
const wav = 'UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQIAAAA=';
const image = { type: 'image', mimeType: 'image/png', data: png };
const audio = { type: 'audio', mimeType: 'audio/wav', data: wav };
const embedded = (uri) => ({ type: 'resource', resource: { uri, mimeType: 'text/plain', text: `contents of ${uri}` } });

async function elicit(message, properties, { sendRequest }) {
  const params = { message, requestedSchema: { type: 'object', properties } };
  const { action, content } = await sendRequest({ method: 'elicitation/create', params }, ElicitResultSchema);
  return text(`${action}: ${JSON.stringify(content)}`);
}

const choices = ['one', 'two', 'three'];
const titled = choices.map((name) => ({ const: name, title: `Number ${name}` }));

const tools = {
  test_simple_text: () => text('a simple text'),
  test_image_content: () => ({ content: [image] }),
  test_audio_content: () => ({ content: [audio] }),
  test_embedded_resource: () => ({ content: [embedded('test://embedded-resource')] }),
  test_multiple_content_types: () => ({
    content: [...text('several kinds').content, image, embedded('test://mixed-content-resource')],
  }),
  test_error_handling: () => ({ ...text('an error, as intended'), isError: true }),
  json_schema_2020_12_tool: () => text('listed, and not called'),

  async test_tool_with_logging(_, { sendNotification }) {
    for (const data of ['started', 'processing', 'completed']) {
      await sendNotification({ method: 'notifications/message', params: { level: 'info', data } });
      await sleep(50);
    }
    return text('logged');
  },

  async test_tool_with_progress(_, { sendNotification, _meta: { progressToken } }) {
    for (const progress of [0, 50, 100]) {
      await sendNotification({ method: 'notifications/progress', params: { progressToken, progress, total: 100 } });
      await sleep(50);
    }
    return text('done');
  },

  async test_sampling({ prompt }, { sendRequest }) {
    const params = { messages: [{ role: 'user', content: { type: 'text', text: prompt } }], maxTokens: 100 };
    const { content } = await sendRequest({ method: 'sampling/createMessage', params }, CreateMessageResultSchema);
    return text(content.text);
  },

  test_elicitation: ({ message }, extra) =>
    elicit(message, { username: { type: 'string' }, email: { type: 'string' } }, extra),

  test_elicitation_sep1034_defaults: (_, extra) => elicit('defaults', {
    name: { type: 'string', default: 'John Doe' },
    age: { type: 'integer', default: 30 },
    score: { type: 'number', default: 95.5 },
    status: { type: 'string', enum: ['active', 'inactive', 'pending'], default: 'active' },
    verified: { type: 'boolean', default: true },
  }, extra),

  test_elicitation_sep1330_enums: (_, extra) => elicit('enumerations', {
    untitledSingle: { type: 'string', enum: choices },
    titledSingle: { type: 'string', oneOf: titled },
    legacyEnum: { type: 'string', enum: choices, enumNames: titled.map(({ title }) => title) },
    untitledMulti: { type: 'array', items: { type: 'string', enum: choices } },
    titledMulti: { type: 'array', items: { anyOf: titled } },
  }, extra),

  // Its answer is for the client that comes back by a GET with the id of the last event.
  async test_reconnection(_, { closeSSEStream }) {
    closeSSEStream();
    await sleep(100);
    return text('welcome back');
  },
};

const inputSchemas = {
  json_schema_2020_12_tool: {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    $defs: { address: { type: 'object', properties: { street: { type: 'string' }, city: { type: 'string' } } } },
    properties: { name: { type: 'string' }, address: { $ref: '#/$defs/address' } },
    additionalProperties: false,
  },
};

const prompts = {
  test_simple_prompt: () => text('a simple prompt').content,
  test_prompt_with_arguments: ({ arg1, arg2 }) => text(`${arg1} and ${arg2}`).content,
  test_prompt_with_embedded_resource: ({ resourceUri }) => [embedded(resourceUri)],
  test_prompt_with_image: () => [image],
};

const resources = {
  'test://static-text': { mimeType: 'text/plain', text: 'a static text' },
  'test://static-binary': { mimeType: 'image/png', blob: png },
  'test://template/123/data': { mimeType: 'application/json', text: '{"id":"123"}' },
};

function newServer() {
  const capabilities = { tools: {}, prompts: {}, resources: { subscribe: true }, completions: {}, logging: {} };
  const server = new Server({ name: 'conformance', version: '1' }, { capabilities });
  const handle = (schema, handler) => server.setRequestHandler(schema, ({ params }, extra) => handler(params, extra));
  handle(ListToolsRequestSchema, () => ({
    tools: Object.keys(tools).map((name) => (
      { name, description: `the tool ${name}`, inputSchema: inputSchemas[name] ?? { type: 'object' } })),
  }));
  handle(CallToolRequestSchema, ({ name, arguments: input }, extra) => {
    say({ tool: name });
    return tools[name](input, extra);
  });
  handle(ListPromptsRequestSchema, () => ({
    prompts: Object.keys(prompts).map((name) => ({ name, description: `the prompt ${name}` })),
  }));
  handle(GetPromptRequestSchema, ({ name, arguments: input }) => ({
    messages: prompts[name](input).map((content) => ({ role: 'user', content })),
  }));
  handle(ListResourcesRequestSchema, () => ({
    resources: Object.entries(resources).map(([uri, { mimeType }]) => ({ uri, name: uri, mimeType })),
  }));
  handle(ReadResourceRequestSchema, ({ uri }) => ({ contents: [{ uri, ...resources[uri] }] }));
  handle(SubscribeRequestSchema, () => ({}));
  handle(UnsubscribeRequestSchema, () => ({}));
  handle(CompleteRequestSchema, () => ({ completion: { values: [] } }));
  return server;
}

const handler = sessionHandler(newServer, () => ({ eventStore: new InMemoryEventStore(), retryInterval: 100 }));
serve(createMcpExpressApp().all('/mcp', (request, response) => {
  // server-sse-polling agrees on 2025-11-25 and then says 2025-03-26, for which the SDK lets no stream be resumed.
  const at = request.rawHeaders.findIndex((name) => name.toLowerCase() === 'mcp-protocol-version');
  if (at >= 0) request.rawHeaders[at + 1] = '2025-11-25';
  return handler(request, response);
}));
