#!/usr/bin/env python3
"""Lists of tools, which show a client what its token may call."""
import gzip
import json
import resource
import threading
import time

import harness
import wire
from mcp_gate import HEADERS, TOOLS, McpGateTest, call, listing, reply

ERROR = {"code": -32603, "message": "the list of tools could not be read"}
STREAM = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
WAIT = None  # among a stream's parts: for self.turn


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
                location = /limited {{ assay on; assay_mcp list.json; limit_rate 200k; {proxy.replace("proxy_buffering off;", "")} }}
                location = /list-mirrored {{ assay on; assay_mcp list.json; mirror /device; mirror_request_body off; {proxy} }}
                location = /list-copied {{ assay on; assay_mcp list.json; mirror /copy; {proxy} }}
                location = /copy {{ internal; assay on; assay_mcp list.json; {proxy} }}
                location = /asks-for-list {{ mirror /list-asked; {proxy} }}
                location = /list-asked {{ internal; assay on; assay_mcp list.json; log_subrequest on; {proxy} }}
                location = /device {{ internal; assay on; assay_token $http_x_device; {proxy} }}
            }}"""

    def ask_for_list(self, headers, body, token=None, method="POST"):
        type(self).answer = lambda _request: (200, headers, body)
        coding = [("Accept-Encoding", "gzip"), ("Accept-Encoding", "br")]
        if method == "GET":
            response = self.one.request("GET", "/list", wire.bearer(token or self.good) + coding)
        else:
            response = self.post("/list", listing(), token or self.good, coding)
        # The client has nginx's own coding, the server is asked for none.
        self.assertEqual(response.one("content-encoding"), "gzip")
        response.body = gzip.decompress(response.body)
        return response

    def test_lists_of_tools_are_filtered(self):
        json_type = [("Content-Type", "application/json")]
        response = self.ask_for_list(json_type, reply(TOOLS))
        self.assertEqual(response.json()["result"]["tools"], TOOLS[:1])
        self.assertEqual(self.back.take()[0].all("accept-encoding"), ["identity"])
        self.assertEqual(self.ask_for_list(json_type, reply(TOOLS), self.writer).json()["result"]["tools"], TOOLS[1:2])
        for headers, body in ((json_type, b"no JSON"), (json_type + [("Content-Encoding", "br")], reply(TOOLS)),
                              ([("Content-Type", "text/plain")], b"[" + reply(TOOLS) + b"]"), (json_type, reply(TOOLS) + b" " * 1_100_000),
                              (json_type, b" " * 1_100_000 + reply(TOOLS)),
                              ([], reply(TOOLS).replace(b'"tools"', b'"Tools"'))):
            response = self.ask_for_list(headers, body)
            self.assertEqual(response.json(), {"jsonrpc": "2.0", "id": 7, "error": ERROR}, body[:60])
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
        response = self.ask_for_list(stream, b"data: " + whole + b"\nid: 3")  # ended by the stream's end
        self.assertEqual(response.body.split(b"data: ")[0], b"id: 3\n")
        self.assertEqual(json.loads(response.body.split(b"data: ")[1])["result"]["tools"], TOOLS[:1])
        split = b"data: " + whole.replace(b", ", b",\ndata: ") + b"\n\n"
        self.assertNotIn(b"write_file", self.ask_for_list(stream, split).body)
        for bad in (b"\xef\xbb\xbfdata: " + whole + b"\n\n", b"data\ndata: " + whole + b"\n\n", b"data: x\n\n",
                    b"data: [" + whole + b"]\n\n", b"data: " + whole, b"data: " + b"x" * 1_100_000 + b"\n\ndata: " + whole + b"\n\n"):
            self.assertNotIn(b"write_file", self.ask_for_list(stream, bad).body, bad[:40])
        self.assertIn(filtered[:20], self.ask_for_list(stream, b"data: " + whole + b"\n\n").body)

    def test_an_event_is_sent_as_soon_as_it_is_whole(self):
        def slowly(_request):
            def parts():
                yield STREAM
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

    def test_a_list_that_answers_another_request_is_filtered(self):
        # Servers that send replies by the request's id alone send a slow list to whoever uses its id again.
        json_type, stream = [("Content-Type", "application/json")], [("Content-Type", "text/event-stream")]
        ping = json.dumps({"jsonrpc": "2.0", "id": 7, "method": "ping"}).encode()
        large = json.dumps({"jsonrpc": "2.0", "id": 7, "result": {"text": "x" * 1_500_000}}).encode()
        said = json.dumps({"jsonrpc": "2.0", "id": 7, "result": {"text": 'a "tools" b', "more": {"tools": {}}}}).encode()

        def ask(body, headers, answer):
            type(self).answer = lambda _request: (200, headers, answer)
            return self.post("/list", body, self.good)

        for body in (ping, call("read_file", 7)):
            self.assertEqual(ask(body, json_type, reply(TOOLS)).json()["result"]["tools"], TOOLS[:1])
            response = ask(body, stream, b": " + b"x" * 1_100_000 + b"\n\n" + b"data: " + large + b"\n\ndata: " + reply(TOOLS) + b"\n\n")
            self.assertIn(b"data: " + large + b"\n\n", response.body)
            self.assertTrue(response.body.startswith(b": xxx"))
            self.assertEqual(json.loads(response.body.split(b"data: ")[2])["result"]["tools"], TOOLS[:1])
            self.assertEqual(ask(body, json_type, reply([{"Name": "write_file"}])).json()["error"], ERROR)
            self.assertEqual(ask(body, json_type, reply(TOOLS).replace(b'"tools"', b'"t\\u006fols"')).json()["result"]["tools"], TOOLS[:1])
            for headers in (json_type, stream):
                self.assertIn(b'"error"', ask(body, headers + [("Content-Encoding", "br")], b"\1\2").body)
            # All else passes byte by byte: other texts, other types, what is too large for a list.
            for headers, answer in ((json_type, large), (json_type, said), (json_type, b"no JSON"), (json_type, b'{"a":1,"a":2}'),
                                    ([("Content-Type", "text/plain")], b'"tools"'),
                                    (stream, b"data: " + said + b"\r\n\r\n"), (stream, b"data: no JSON\n\n"), (stream, b"data: {}\n")):
                response = ask(body, headers, answer)
                self.assertEqual((response.status, response.body == answer), (200, True), answer[:40])
        # Nor does the client make a reply too large by what comes back in it.
        self.assertEqual(self.post("/list", json.dumps({"jsonrpc": "2.0", "id": "x" * 1100, "method": "ping"}).encode(), self.good).status, 400)

    def stream(self, parts):
        """Opens a stream of which the server sends `parts`, and gives all that comes of it."""
        def answer(_request):
            yield STREAM
            yield from parts

        type(self).answer = answer
        return self.one.request("GET", "/list", wire.bearer(self.good)).body

    def test_events_of_all_lengths_pass_as_they_are(self):
        note = b'data: {"jsonrpc":"2.0","method":"notifications/message","params":{"x":1}}'
        many = (note + b"\n\n") * 40_000  # 3 MiB, as fast as they come
        self.assertEqual(self.stream([many]), many)
        large = b": " + b"x" * 1_000_000 + b"\n\n"
        self.assertEqual(self.stream([large[i:i + 1000] for i in range(0, len(large), 1000)]), large)
        for parts in ([note + b"\r\n\r", b"\n" + note + b"\r\n\r\n"], [note + b"\r", b"\n\r\n", note + b"\n\n"],
                      [note + b"\r\r", note + b"\r\r"], [b"\n", b"\r\n\r", b"\n\n", note + b"\n\n"], [b"\xef\xbb", b"\xbf\n", note + b"\n\n"]):
            self.assertEqual(self.stream(parts), b"".join(parts), parts)
        before = self.resident()
        self.assertEqual(self.stream([b"\n" * 64_000]), b"\n" * 64_000)
        self.assertLess(self.resident() - before, 8 << 20)

    def test_a_line_end_in_two_parts_is_no_reason_to_wait(self):
        self.answers([b"data: {}\r\n\r", WAIT, b"\n", WAIT, b"data: {}\r\n\r\n"])
        self.read_head()
        for whole in (b"data: {}\r\n\r", b"\n", b"data: {}\r\n\r\n"):
            self.assertEqual(self.read_part(len(whole)), whole)
            self.turn.set()

    def test_head_comments_and_the_last_event_come_at_once(self):
        self.answers([WAIT, b": still here\r", WAIT, b"\n", WAIT, b": and here\ndata: {}\n", WAIT, b"\n", WAIT, b"data: {}"])
        self.read_head()
        for part in (b": still here\r", b"\n", b": and here\n", b"data: {}\n\n", b"data: {}"):
            self.turn.set()
            self.assertEqual(self.read_part(len(part)), part)

    def test_a_stream_that_cannot_be_read_ends(self):
        self.answers([b"data: " + b"x" * 1_100_000, WAIT])
        response = wire.read_response(self.one.reader)
        self.assertEqual(json.loads(response.body.removeprefix(b"data: "))["error"], ERROR)
        self.assertEqual(self.one.reader.read(), b"")  # and so does its connection, though the server says nothing

    def test_all_of_it_comes_at_a_limited_rate(self):
        text = json.dumps({"jsonrpc": "2.0", "id": 7, "result": {"text": "x" * 300_000}}).encode()
        for headers, body in (([("Content-Type", "application/json")], text),
                              ([("Content-Type", "text/event-stream")], (b"data: " + text[:1000] + b"\n\n") * 300)):
            type(self).answer = lambda _request, answer=(200, headers, body): answer
            self.assertEqual(self.post("/limited", call("read_file", 7), self.good).body, body)

    def test_a_slow_client_lets_the_server_wait(self):
        size, sent = 64 << 20, [0]
        note = b'data: {"jsonrpc":"2.0","method":"notifications/message","params":"' + b"x" * 4000 + b'"}\n\n'

        def answer(_request):
            yield STREAM
            while sent[0] < size:
                yield note
                sent[0] += len(note)

        type(self).answer = answer
        before = self.resident()
        self.one.open()
        self.one.send("GET", "/list", wire.bearer(self.good))
        harness.wait_for(lambda: sent[0] > 1 << 20, 10, "the stream to begin")
        was = -1
        while was != sent[0]:  # until it waits
            was = sent[0]
            time.sleep(0.5)
        self.assertLess(sent[0], size)
        self.assertLess(self.resident() - before, 8 << 20)
        response = wire.read_response(self.one.reader)
        self.assertEqual((len(response.body), response.body[-len(note):]), (sent[0], note))

    def resident(self):
        """Bytes of memory that the worker has."""
        with open(f"/proc/{self.server.worker_pids()[0]}/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * resource.getpagesize()

    def answers(self, parts):
        """Opens a stream whose server waits at each WAIT for self.turn."""
        def answer(_request):
            yield STREAM
            for part in parts:
                if part is WAIT:
                    self.turn.wait(10)
                    self.turn.clear()
                else:
                    yield part

        self.turn = threading.Event()
        self.addCleanup(self.turn.set)
        type(self).answer = answer
        self.one.open()
        self.one.send("GET", "/list", wire.bearer(self.good))

    def read_head(self):
        self.assertTrue(self.one.reader.readline().startswith(b"HTTP/1.1 200"))
        wire.read_fields(self.one.reader)

    def read_part(self, size):
        """Reads `size` bytes of a chunked body."""
        got = b""
        while len(got) < size:
            length = int(self.one.reader.readline(), 16)
            got += self.one.reader.read(length + 2)[:length]
        return got


if __name__ == "__main__":
    harness.run_tests()
