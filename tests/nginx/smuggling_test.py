#!/usr/bin/env python3
"""What smugglers, spoofers and path-shifters try: what the backend has received is compared with what was judged."""
import json
import socket

import harness
import wire
from mcp_gate import HEADERS, call

GET = "GET /mcp HTTP/1.1\r\nHost: x\r\n"


class SmugglingTest(harness.NginxTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.back = cls.start_backend()
        proxy = f"proxy_pass http://127.0.0.1:{cls.back.port}; proxy_set_header Connection ''; proxy_set_header X-Sub $assay_sub;"
        cls.server = cls.start_nginx(f"""assay_config assay.json;
            server {{ listen @PORT@; listen @PORT2@ http2; server_name gate.example.com;
                location /mcp {{ assay on; assay_mcp mcp.json; {proxy} }}
                location = /auth {{ internal; assay on; assay_mcp mcp.json; {proxy} }}
                location /asked {{ auth_request /auth; {proxy} }}
                location /again {{ assay on; error_page 502 /mcp; proxy_pass http://127.0.0.1:1; }}
                location /down {{ assay on; proxy_request_buffering off; error_page 502 = @up; proxy_pass http://127.0.0.1:1; }}
                location @up {{ assay on; {proxy} }}
                location /down-mcp {{ assay on; proxy_request_buffering off; error_page 502 = @up-mcp; proxy_pass http://127.0.0.1:1; }}
                location @up-mcp {{ assay on; assay_mcp mcp.json; {proxy} }}
                location /admin {{ assay on; assay_require_scope admin; {proxy} }}
                location / {{ assay on; {proxy} }} }}""")

    def send(self, data):
        """The statuses that come for raw bytes, until the connection is closed or nothing more comes."""
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=0.7) as connection:
            connection.sendall(data)
            with connection.makefile("rb") as reader:
                statuses = []
                while True:
                    try:
                        statuses.append(wire.read_response(reader).status)
                    except (ConnectionError, ValueError, OSError):
                        return statuses

    def test_bodies_that_hide_a_request(self):
        hidden = "GET /admin HTTP/1.1\r\nHost: x\r\n\r\n"
        inner = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "write_file"}})
        head = f"POST /x HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {self.good}\r\n"
        # The control: a request like these, without the trick, does reach the backend.
        self.back.take()
        self.assertEqual(self.send((head + f"Content-Length: {len(hidden)}\r\n\r\n{hidden}").encode()), [200])
        self.assertEqual([(request.target, request.body.decode()) for request in self.back.take()], [("/x", hidden)])
        for framing in ("Content-Length: 6\r\nTransfer-Encoding: chunked\r\n", "Transfer-Encoding: chunked\r\nContent-Length: 6\r\n",
                        "Transfer-Encoding: xchunked\r\n", "Transfer-Encoding: chunked, gzip\r\n", "Transfer-Encoding: gzip, chunked\r\n",
                        "Transfer-Encoding : chunked\r\n", "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
                        "Content-Length: 0\r\nContent-Length: 40\r\n", "Content-Length: +5\r\n", "Content-Length: 5, 5\r\n",
                        "Content-Length: 0x5\r\n", "X: y\r\n Transfer-Encoding: chunked\r\n", "Transfer-Encoding:\x0bchunked\r\n"):
            for target in ("/x", "/mcp"):
                text = head.replace("/x", target, 1) + framing + "\r\n0\r\n\r\n" + hidden
                statuses = self.send(text.encode("latin-1"))
                for request in self.back.take():
                    self.assertNotIn("admin", request.target, (framing, statuses))
                    self.assertIn(request.body, (b"", b"0\r\n\r\nG", b"0\r\n\r\n"), framing)
                    self.assertIsNone(request.one("authorization"))
        for end in ("0\r\n", "5;x=y\r\nhello\r\n0\r\nTrailer: x\r\nAuthorization: Bearer y\r\n"):
            self.send((head + f"Transfer-Encoding: chunked\r\n\r\n{end}\r\n{hidden}").encode())
            for request in self.back.take():
                self.assertEqual((request.target, request.one("authorization")), ("/x", None))
        # A body that is judged is the one that is forwarded, and nothing of what comes behind it.
        text = head.replace("/x", "/mcp", 1) + f"Content-Length: {len(inner)}\r\n\r\n{inner}" + hidden
        self.assertEqual(self.send(text.encode()), [403, 401])
        self.assertEqual(self.back.take(), [])

    def test_a_body_of_which_a_part_was_read_goes_nowhere_else(self):
        hidden = b"0\r\n\r\nGET /admin HTTP/1.1\r\nHost: x\r\n\r\n"
        for target in ("/down", "/down-mcp"):
            head = f"POST {target} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {self.good}\r\n".encode()
            for rest in (b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n" % (len(hidden), hidden),
                         b"Content-Length: 1000\r\n\r\n" + hidden):
                self.assertEqual((self.send(head + rest), self.back.take()), ([400], []), target)
        # One that came whole may.
        body = b"Content-Length: %d\r\n\r\n%s" % (len(hidden), hidden)
        self.assertEqual(self.send(head.replace(b"/down-mcp", b"/down") + body), [200])
        self.assertEqual([request.body for request in self.back.take()], [hidden])

    def test_heads_that_are_read_in_two_ways(self):
        bearer = f"Authorization: Bearer {self.good}\r\n"
        forged = f"Authorization: Bearer {self.bad['bad_signature']}\r\n"
        for lines, passes in ((bearer, True), (bearer + forged, False), (forged + bearer, False), (forged, False),
                              ("X: y\r\n " + bearer, False), (bearer.replace(":", " :", 1), False), (bearer.replace("A", "\tA", 1), False),
                              (bearer.replace("Authorization", "Authorization\x00"), False),
                              ("Authorization:\r\n Bearer " + self.good + "\r\n", False), (bearer.replace("Bearer", "Bearer\x0b"), False),
                              (bearer.replace("Authorization", "Proxy-Authorization"), False), (bearer.replace("ion:", "ion_:"), False),
                              (bearer.replace("Authorization", "AUTHORIZATION"), True), ("Host: y\r\n" + bearer, False)):
            statuses = self.send(("GET /x HTTP/1.1\r\nHost: x\r\n" + lines + "Connection: close\r\n\r\n").encode("latin-1"))
            got = self.back.take()
            self.assertEqual(bool(got), passes, (lines, statuses))
            self.assertEqual(statuses[:1] == [200], passes, lines)
            for request in got:
                self.assertIsNone(request.one("authorization"))
                self.assertEqual(request.one("x-sub"), "alice")

    def test_paths_that_shift(self):
        client = self.client(self.server)
        for target in ("/admin", "/admin/", "//admin", "/x/../admin", "/%61dmin", "/./admin", "/x/..//admin", "/admin?x", "/x/%2e%2e/admin",
                       "http://gate.example.com/admin", "/admin%2f", "/x/%2E./admin"):
            self.back.take()
            self.assertEqual(client.request("GET", target, wire.bearer(self.good)).status, 403, target)
            self.assertEqual(self.back.take(), [], target)
        for target in ("/ADMIN", "/x;/../admin;", "/..;/admin", "/admi"):
            response = client.request("GET", target, wire.bearer(self.bad["expired"]))
            self.assertIn(response.status, (400, 401), target)
        self.assertEqual(self.back.take(), [])
        for line in ("CONNECT x:80 HTTP/1.1", "get /x HTTP/1.1", "GET /x", "GET  /x HTTP/1.1", "GET /x HTTP/0.9", "GET /x HTTP/2.0"):
            statuses = self.send(f"{line}\r\nHost: x\r\n\r\n".encode())
            self.assertFalse(200 in statuses, (line, statuses))
        self.assertEqual(self.back.take(), [])

    def test_forwarded_headers_change_nothing(self):
        client = self.client(self.server)
        for name in ("X-Forwarded-Uri", "X-Original-URI", "X-Rewrite-URL", "X-Forwarded-Prefix", "X-Accel-Redirect", "X-Forwarded-Method"):
            self.assertEqual(client.request("GET", "/admin", wire.bearer(self.good) + [(name, "/x")]).status, 403, name)
            self.assertEqual(client.request("GET", "/x", [(name, "/.well-known/oauth-protected-resource")]).status, 401, name)
        self.assertEqual(self.back.take(), [])

    def test_http2(self):
        client = wire.Http2(self.server.port2)
        self.addCleanup(client.close)
        good = ("authorization", "Bearer " + self.good)
        self.assertEqual(client.request("GET", "/x", [good]).status, 200)
        self.assertEqual([request.target for request in self.back.take()], ["/x"])
        for headers in ([good, good], [good, ("authorization", "Bearer x")], [("transfer-encoding", "chunked"), ("authorization", "Bearer x")],
                        [("authorization", "Bearer x\r\nx: y")], [("content-length", "9"), ("authorization", "Bearer x")]):
            fresh = wire.Http2(self.server.port2)
            try:
                self.assertNotEqual(fresh.request("POST", "/x", headers).status, 200, headers)
            except ConnectionError:
                pass
            finally:
                fresh.close()
        self.assertEqual(self.back.take(), [])

    def test_a_body_that_no_header_announces(self):
        def ask(method, target, body):
            client = wire.Http2(self.server.port2)
            try:
                return client.request(method, target, HEADERS + wire.bearer(self.good), body, chunked=True).status
            finally:
                client.close()
        for method in ("GET", "DELETE"):
            self.assertEqual(ask(method, "/mcp", call("read_file")), 400, method)
            self.assertEqual(ask(method, "/mcp", b" " * (1 << 21)), 413, method)
        self.assertEqual(ask("POST", "/mcp", call("write_file")), 403)
        self.assertEqual(ask("POST", "/asked", call("write_file")), 500)  # who asks in a subrequest judges no message
        self.assertEqual(ask("POST", "/again", call("write_file")), 502)
        self.assertEqual(self.back.take(), [])
        self.assertEqual(ask("GET", "/mcp", b""), 200)  # a DATA frame with nothing in it
        self.assertEqual(ask("POST", "/mcp", call("read_file")), 200)
        self.assertEqual([(request.method, request.body) for request in self.back.take()], [("GET", b""), ("POST", call("read_file"))])


if __name__ == "__main__":
    harness.run_tests()
