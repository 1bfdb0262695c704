// What both MCP servers offer, and what reaches them.
import { createServer } from 'node:http';

export const tools = {
  read_file: {
    description: 'Reads a file',
    run: ({ path }) => `contents of ${path}`,
  },
  write_file: {
    description: 'Writes a file',
    run: ({ path }) => `wrote ${path}`,
  },
};

export const text = (value) => ({ content: [{ type: 'text', text: value }] });

// Says one JSON object a line.
export const say = (object) => process.stdout.write(`${JSON.stringify(object)}\n`);

// Listens at a free port and says so; then what each request that comes through the gateway is.
export function serve(handle) {
  const server = createServer((request, response) => {
    say({ method: request.method, authorization: request.headers.authorization ?? null });
    handle(request, response);
  });
  server.listen(0, '127.0.0.1', () => say({ ready: true, port: server.address().port }));
}
