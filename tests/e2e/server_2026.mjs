// An MCP server of protocol version 2026-07-28, by the SDK's second line; it serves older clients, too, without state.
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { McpServer, createMcpHandler } from '@modelcontextprotocol/server';
import { z } from 'zod';
import { serve, text, tools } from './tools.mjs';

const handler = createMcpHandler(() => {
  const server = new McpServer({ name: 'files-2026', version: '1' });
  for (const [name, { description, run }] of Object.entries(tools)) {
    const inputSchema = z.object({ path: z.string() });
    server.registerTool(name, { description, inputSchema }, (input) => text(run(input)));
  }
  return server;
});

serve(async (request, response) => {
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headers)) headers.set(name, [value].flat().join(', '));
  const hasBody = request.method !== 'GET' && request.method !== 'HEAD';
  const answer = await handler.fetch(new Request(`http://${request.headers.host}${request.url}`, {
    method: request.method, headers, body: hasBody ? Readable.toWeb(request) : undefined, duplex: 'half',
  }));
  response.writeHead(answer.status, Object.fromEntries(answer.headers));
  if (answer.body === null) {
    response.end();
  } else {
    await pipeline(Readable.fromWeb(answer.body), response).catch(() => {}); // the client has gone
  }
});
