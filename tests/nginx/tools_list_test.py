#!/usr/bin/env python3
"""Lists of tools, which show a client what its token may call."""
import json
import threading

import harness
import wire
from mcp_gate import HEADERS, TOOLS, McpGateTest, listing, reply

ERROR = {"code": -32603, "message": "the list of tools could not be read"}


class ToolsListTest(McpGateTest):
    @classmethod
    def http(cls, proxy):
        cls.place.file("list.json", json.dumps({**harness.POLICY, "filter_tools_list": True}))
        return f"""
            assay_config assay.json;
            server {{
                listen @PORT@;
                location = /mcp {{ assay on; assay_mcp mcp.json; {proxy} }}
                location = /list {{ assay on; assay_mcp list.json; gzip on; gzip_types *; gzip_min_length 1; {proxy} }}
                location = /list-mirrored {{ assay on; assay_mcp list.json; mirror /device; mirror_request_body off; {proxy} }}
                location = /list-copied {{ assay on; assay_mcp list.json; mirror /copy; {proxy} }}
                location = /copy {{ internal; assay on; assay_mcp list.json; {proxy} }}
                location = /asks-for-list {{ mirror /list-asked; {proxy} }}
                location = /list-asked {{ internal; assay on; assay_mcp list.json; log_subrequest on; {proxy} }}
                location = /device {{ internal; assay on; assay_token $http_x_device; {proxy} }}
            }}"""

    def ask_for_list(self, headers, body, token=None, method="POST"):
        type(self).answer = lambda _request: (200, headers, body)
        if method == "GET":
            return self.one.request("GET", "/list", wire.bearer(token or self.good) + [("Accept-Encoding", "gzip")])
        return self.post("/list", listing(), token or self.good, [("Accept-Encoding", "gzip")])

    def test_lists_of_tools_are_filtered(self):
        json_type = [("Content-Type", "application/json")]
        response = self.ask_for_list(json_type, reply(TOOLS))
        self.assertEqual(response.json()["result"]["tools"], TOOLS[:1])
        self.assertEqual(self.back.take()[0].one("accept-encoding"), "identity")
        self.assertEqual(self.ask_for_list(json_type, reply(TOOLS), self.writer).json()["result"]["tools"], TOOLS[1:2])
        for headers, body in ((json_type, b"no JSON"), (json_type + [("Content-Encoding", "br")], reply(TOOLS)),
                              ([("Content-Type", "text/plain")], b"[" + reply(TOOLS) + b"]"), (json_type, reply(TOOLS) + b" " * 1_100_000),
                              (json_type, b" " * 1_100_000 + reply(TOOLS)),
                              ([], reply(TOOLS).replace(b'"tools"', b'"Tools"'))):
            response = self.ask_for_list(headers, body)
            self.assertEqual(response.json(), {"jsonrpc": "2.0", "id": 7, "error": ERROR}, body[:60])
            self.assertIsNone(response.one("content-encoding"))
        # What is asked otherwise is passed as it is.
        type(self).answer = lambda _request: (200, json_type, reply(TOOLS))
        self.assertEqual(self.post("/mcp", listing(), self.good).json()["result"]["tools"], TOOLS)

    def test_a_list_is_filtered_by_the_token_that_asked_for_it(self):
        json_type = [("Content-Type", "application/json")]
        type(self).answer = lambda request: (200, json_type, reply(TOOLS)) if request.target == "/list-mirrored" else None
        for device in (self.writer, self.bad["expired"], self.good, None):
            response = self.post("/list-mirrored", listing(), self.good, [("X-Device", device)] if device else [])
            self.assertEqual(response.json()["result"]["tools"], TOOLS[:1])
        type(self).answer = lambda request: (200, json_type, reply(TOOLS)) if request.target == "/list-copied" else None
        self.assertEqual(self.post("/list-copied", listing(), self.good).json()["result"]["tools"], TOOLS[:1])
        # The filter sees no subrequests, which may therefore not ask for one.
        self.one.request("GET", "/asks-for-list", wire.bearer(self.good) + [("X-Case", "asks")])
        lines = harness.wait_for(lambda: (lambda found: found if len(found) == 2 else None)(
            [json.loads(line) for line in self.place.read("access.log").splitlines() if '"case":"asks"' in line]), 5, "both lines")
        self.assertEqual(sorted(line["status"] for line in lines), ["200", "403"])
        self.assertNotIn("/list-asked", [request.target for request in self.back.take()])

    def test_events_are_filtered(self):
        stream = [("Content-Type", "text/event-stream")]
        filtered = b"data: " + reply(TOOLS[:1])
        whole = reply(TOOLS)
        note = b'data: {"jsonrpc":"2.0","method":"notifications/message","params":{"x":1}}\n\n'
        for method in ("POST", "GET"):
            for ends in (b"\n", b"\r\n", b"\r"):
                events = b": hello" + ends + ends + note.replace(b"\n", ends) + b"id: 3" + ends + b"event: message" + ends
                events += b"data:" + whole[:20].replace(b"\n", b"") + whole[20:] + ends + ends + b"data: " + ends + ends
                response = self.ask_for_list(stream, events, method=method)
                got = response.body.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
                self.assertNotIn(b"write_file", got, (method, ends))
                self.assertIn(note, got)
                self.assertIn(b"id: 3\nevent: message\n", got)
                data = [line[6:] for line in got.split(b"\n") if line.startswith(b"data: {") and b"tools" in line]
                self.assertEqual([json.loads(text)["result"]["tools"] for text in data], [TOOLS[:1]])
        split = b"data: " + whole.replace(b", ", b",\ndata: ") + b"\n\n"
        self.assertNotIn(b"write_file", self.ask_for_list(stream, split).body)
        for bad in (b"\xef\xbb\xbfdata: " + whole + b"\n\n", b"data\ndata: " + whole + b"\n\n", b"data: x\n\n",
                    b"data: [" + whole + b"]\n\n", b"data: " + whole, b"data: " + b"x" * 1_100_000 + b"\n\ndata: " + whole + b"\n\n"):
            self.assertNotIn(b"write_file", self.ask_for_list(stream, bad).body, bad[:40])
        self.assertIn(filtered[:20], self.ask_for_list(stream, b"data: " + whole + b"\n\n").body)

    def test_an_event_is_sent_as_soon_as_it_is_whole(self):
        def slowly(_request):
            def parts():
                yield b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
                for byte in b"data: " + reply(TOOLS) + b"\n\n":
                    yield bytes([byte])
                self.seen.wait(5)
                yield b"data: {}\n\n"
            return parts()

        self.seen = threading.Event()
        type(self).answer = slowly
        self.one.open()
        self.one.send("POST", "/list", HEADERS + wire.bearer(self.good), listing())
        got = b""
        while b"read_file" not in got:
            part = self.one.socket.recv(4096)
            self.assertTrue(part, got)
            got += part
        self.assertNotIn(b"write_file", got)
        self.seen.set()
        while b"data: {}" not in got:
            got += self.one.socket.recv(4096)


if __name__ == "__main__":
    harness.run_tests()
