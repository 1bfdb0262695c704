// An MCP server of protocol version 2025-11-25, by the SDK's first line: sessions, event streams.
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { z } from 'zod';
import { sessionHandler } from './sessions.mjs';
import { serve, text, tools } from './tools.mjs';

function newServer() {
  const server = new McpServer({ name: 'files-2025', version: '1' });
  for (const [name, { description, run }] of Object.entries(tools)) {
    server.registerTool(name, { description, inputSchema: { path: z.string() } }, (input) => text(run(input)));
  }
  return server;
}

serve(sessionHandler(newServer));
