// An MCP server of protocol version 2025-11-25, by the SDK's first line: sessions, event streams.
import { randomUUID } from 'node:crypto';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { z } from 'zod';
import { serve, text, tools } from './tools.mjs';

const sessions = new Map();

async function open() {
  const server = new McpServer({ name: 'files-2025', version: '1' });
  for (const [name, { description, run }] of Object.entries(tools)) {
    server.registerTool(name, { description, inputSchema: { path: z.string() } }, (input) => text(run(input)));
  }
  const transport = new StreamableHTTPServerTransport({
    sessionIdGenerator: randomUUID,
    onsessioninitialized: (id) => { sessions.set(id, transport); },
    onsessionclosed: (id) => { sessions.delete(id); },
  });
  await server.connect(transport);
  return transport;
}

serve(async (request, response) => {
  const id = request.headers['mcp-session-id'];
  const transport = id === undefined ? await open() : sessions.get(id);
  if (transport === undefined) {
    response.writeHead(404).end();
  } else {
    await transport.handleRequest(request, response);
  }
});
