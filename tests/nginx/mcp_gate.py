"""An MCP server behind the gate: what the tests of decisions and of lists of tools have in common."""
import json

import harness
import wire

HEADERS = [("Content-Type", "application/json"), ("Accept", "application/json, text/event-stream")]
TOOLS = [{"name": "read_file", "inputSchema": {}}, {"name": "write_file"}, {"name": "unknown"}]


def call(name, number=1):
    return json.dumps({"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": {"name": name, "arguments": {}}}).encode()


def listing(number=7):
    return json.dumps({"jsonrpc": "2.0", "id": number, "method": "tools/list"}).encode()


def reply(tools, number=7):
    return json.dumps({"jsonrpc": "2.0", "id": number, "result": {"tools": tools}}).encode()


class McpGateTest(harness.OneServerTest):
    @classmethod
    def http(cls, proxy):
        """What stands in nginx's http block, whose files it writes; `proxy` passes a request on."""
        raise NotImplementedError

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.writer = cls.key.mint(scope="files:write")
        cls.answer = None
        cls.back = cls.start_backend(lambda request: cls.answer(request) if cls.answer else None)
        cls.server = cls.start_nginx(cls.http(f"proxy_pass http://127.0.0.1:{cls.back.port}; proxy_buffering off;"))

    def setUp(self):
        super().setUp()
        type(self).answer = None

    def post(self, target, body, token, more=(), **how):
        return self.one.request("POST", target, HEADERS + wire.bearer(token) + list(more), body, **how)
