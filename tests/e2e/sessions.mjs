// MCP over HTTP by the SDK's first line: every session has a server and a transport of its own.
import { randomUUID } from 'node:crypto';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';

// Handles requests by the servers that newServer() makes, with the options of the SDK's that transportOptions() gives.
export function sessionHandler(newServer, transportOptions = () => ({})) {
  const sessions = new Map();

  async function open() {
    const transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      onsessioninitialized: (id) => { sessions.set(id, transport); },
      onsessionclosed: (id) => { sessions.delete(id); },
      ...transportOptions(),
    });
    await newServer().connect(transport);
    return transport;
  }

  return async (request, response) => {
    const id = request.headers['mcp-session-id'];
    const transport = id === undefined ? await open() : sessions.get(id);
    if (transport === undefined) {
      response.writeHead(404).end();
    } else {
      await transport.handleRequest(request, response, request.body);
    }
  };
}
