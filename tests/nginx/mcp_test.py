#!/usr/bin/env python3
"""MCP servers behind the gate: decisions, bodies, metadata."""
import json
import time

import harness
import wire
from mcp_gate import HEADERS, McpGateTest, call

OTHER_ISSUER = "https://second.example.com"
METADATA = "/.well-known/oauth-protected-resource"


class McpTest(McpGateTest):
    @classmethod
    def http(cls, proxy):
        config = harness.configuration([cls.key])
        config["issuers"][0]["audiences"].append("https://mcp.example.com/second")
        config["issuers"].append({**config["issuers"][0], "issuer": OTHER_ISSUER})
        cls.place.file("assay.json", json.dumps(config))
        cls.place.file("report.json", json.dumps({**config, "issuers": [
            {**issuer, "audiences": [harness.AUDIENCE], "mode": "report"} for issuer in config["issuers"]]}))
        cls.place.file("report_mcp.json", json.dumps({**harness.POLICY, "mode": "report"}))
        cls.place.file("second.json", json.dumps({**harness.POLICY, "resource": "https://mcp.example.com/second",
                                                  "tools": {"read_file": {"scopes": ["files:write"]}}}))
        return f"""
            assay_config assay.json;
            assay_policy one mcp.json; assay_policy two second.json;
            map $http_x_policy $policy {{ a one; b two; default $http_x_policy; }}
            server {{
                listen @PORT@; listen @PORT2@ http2; server_name mcp.example.com;
                assay_metadata mcp.json; assay_metadata second.json own_path;
                location = /mcp {{ assay on; assay_mcp mcp.json; {proxy} }}
                location = /early {{ set $early $assay_sub; add_header X-Early $early always; assay on; assay_mcp mcp.json; {proxy} }}
                location = /small {{ assay on; assay_mcp mcp.json; assay_mcp_body_max 1k; {proxy} }}
                location = /headers {{ assay on; assay_mcp mcp.json headers; {proxy} }}
                location = /chosen {{ assay on; assay_mcp $policy; {proxy} }}
                location = /chosen-page {{ assay on; assay_mcp $policy; error_page 403 /page; {proxy} }}
                location = /page {{ internal; proxy_set_header X-Sub $assay_sub; {proxy} }}
                location = /narrow {{ assay on; assay_mcp mcp.json; assay_audience https://mcp.example.com/mcp; assay_require_scope extra; {proxy} }}
                location = /audience {{ assay on; assay_mcp mcp.json; assay_audience https://mcp.example.com/second; {proxy} }}
                location = /issuer {{ assay on; assay_mcp mcp.json; assay_issuers {OTHER_ISSUER}; {proxy} }}
                location = /judged-page {{ internal; assay on; proxy_set_header X-Sub $assay_sub; {proxy} }}
                location = /chosen-judged {{ assay on; assay_mcp $policy; error_page 403 /judged-page; {proxy} }}
                location = /spool {{ assay on; assay_mcp mcp.json; assay_mcp_body_max 16k; client_body_buffer_size 16k; {proxy} }}
                location / {{ {proxy} }}
            }}
            server {{
                listen @PORT@; server_name report.example.com; assay_config report.json; assay on; assay_mcp report_mcp.json;
                location = /audience {{ assay_audience {harness.AUDIENCE}; {proxy} }}
                location = /issuer {{ assay_issuers {OTHER_ISSUER}; {proxy} }}
                location = /headers {{ assay_mcp report_mcp.json headers; {proxy} }}
                location = /narrow-headers {{ assay_mcp report_mcp.json headers; assay_audience {harness.AUDIENCE}; {proxy} }}
                location / {{ {proxy} }}
            }}"""

    def test_tools_are_called_by_scope(self):
        for token, tool, status in ((self.good, "read_file", 200), (self.good, "write_file", 403), (self.writer, "write_file", 200),
                                    (self.good, "unknown", 403)):
            response = self.post("/mcp", call(tool), token, [("X-Case", tool + str(status))])
            self.assertEqual(response.status, status, tool)
            got = self.back.take()
            self.assertEqual(len(got), status == 200)
            if got:
                self.assertEqual(got[0].body, call(tool))
                self.assertIsNone(got[0].one("authorization"))
                self.assertEqual(self.server.logged(tool + "200")["tool"], tool)
            else:
                self.assertEqual(response.json()["error"]["message"], "insufficient_scope" if tool == "write_file" else "tool_denied")
                challenge = response.one("www-authenticate")
                self.assertEqual("files:write" in (challenge or ""), tool == "write_file")

    def test_each_bad_token_is_refused_before_its_body_is_read(self):
        for reason, token in self.bad.items():
            self.one.open()
            self.one.send("POST", "/mcp", HEADERS + wire.bearer(token) + [("Content-Length", "500000"), ("X-Case", reason)])
            response = wire.read_response(self.one.reader)
            self.assertEqual(response.status, 401, reason)
            self.assertIn(f'resource_metadata="https://mcp.example.com{METADATA}/mcp"', response.one("www-authenticate"))
            self.assertIn('scope="files:read"', response.one("www-authenticate"))
            self.one.close()
            self.assertEqual(self.server.logged(reason)["assay"], reason)
        self.assertEqual(self.back.take(), [])

    def test_who_acts_is_not_said_of_another_servers_token(self):
        others = self.key.mint(aud="https://mcp.example.com/second", sub="u1", scope="files:write")
        good = self.key.mint(sub="u1", scope="files:read")
        for target, policy, who, status, subject in (("/mcp", "", others, 401, ""), ("/chosen", "a", others, 401, ""),
                                                     ("/chosen", "b", others, 200, "u1"), ("/mcp", "", good, 200, "u1")):
            case = f"who{target}{policy}{status}"
            response = self.post(target, call("read_file"), who, [("X-Case", case), ("X-Policy", policy)])
            self.assertEqual(response.status, status, case)
            self.assertEqual(self.server.logged(case)["sub"], subject, case)
        # Refused by its origin, before the token is looked at; and read before the access phase.
        evil = [("Origin", "https://evil.example"), ("X-Case", "origin")]
        self.assertEqual(self.post("/mcp", call("read_file"), others, evil).status, 403)
        self.assertEqual(self.server.logged("origin")["sub"], "")
        for who, status, subject in ((good, 200, "u1"), (others, 401, None)):
            response = self.post("/early", call("read_file"), who)
            self.assertEqual((response.status, response.one("x-early")), (status, subject))
        denied = self.post("/mcp", call("write_file"), good, [("X-Case", "denied")])
        self.assertEqual((denied.status, self.server.logged("denied")["sub"]), (403, "u1"))

    def test_requests_that_can_be_read_in_two_ways(self):
        hostile = [
            b"[" + call("read_file") + b"]", call("read_file") + call("write_file"), b"", b"{",
            b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"read_file","name":"write_file"}}',
            b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"read_file","Name":"write_file"}}',
            b'{"jsonrpc":"2.0","id":1,"Method":"tools/call","method":"ping"}',
            b'\xef\xbb\xbf' + call("read_file"), call("read_file").decode().encode("utf-16"),
        ]
        for body in hostile:
            self.assertEqual(self.post("/mcp", body, self.writer).status, 400, body)
            self.assertEqual(self.post("/mcp", body, self.writer, chunked=True).status, 400, body)
        for status, more in {415: [("Content-Encoding", "gzip")], 400: [("X-HTTP-Method-Override", "GET")],
                             403: [("Origin", "https://evil.example.com")]}.items():
            self.assertEqual(self.post("/mcp", call("read_file"), self.writer, more).status, status, more)
        mirrored = [("MCP-Protocol-Version", "2026-07-28"), ("Mcp-Method", "tools/call"), ("Mcp-Name", "read_file")]
        response = self.post("/mcp", call("write_file"), self.writer, mirrored)
        self.assertEqual((response.status, response.json()["error"]["code"]), (400, -32020))
        self.assertEqual(self.back.take(), [])
        self.assertEqual(self.post("/mcp", call("read_file"), self.good, mirrored).status, 200)
        self.assertEqual(len(self.back.take()), 1)

    def test_methods(self):
        self.assertEqual(self.one.request("GET", "/mcp", wire.bearer(self.good)).status, 200)
        self.assertEqual(self.one.request("DELETE", "/mcp", wire.bearer(self.good)).status, 200)
        self.assertEqual(len(self.back.take()), 2)
        for method in ("PUT", "HEAD", "PATCH", "OPTIONS", "TRACE"):
            self.assertEqual(self.one.request(method, "/mcp", wire.bearer(self.good)).status, 405, method)
            self.assertIn(self.one.request(method, "/mcp").status, (401, 405), method)
        self.assertEqual(self.one.request("GET", "/mcp", wire.bearer(self.good), b"{}").status, 400)
        preflight = [("Origin", "https://mcp.example.com"), ("Access-Control-Request-Method", "POST"),
                     ("Access-Control-Request-Headers", "authorization, x-evil")]
        response = self.one.request("OPTIONS", "/mcp", preflight)
        self.assertEqual((response.status, response.one("access-control-allow-origin"), response.one("vary"),
                          response.one("access-control-allow-headers"), response.one("access-control-allow-credentials")),
                         (204, "https://mcp.example.com", "Origin", "Authorization", None))
        self.assertEqual(self.one.request("OPTIONS", "/mcp", [("Origin", "https://evil.example.com")] + preflight[1:]).status, 403)
        response = self.post("/mcp", call("read_file"), "", preflight[:1])
        self.assertEqual((response.status, response.one("access-control-allow-origin"), response.one("vary"),
                          response.one("access-control-expose-headers")),
                         (401, "https://mcp.example.com", "Origin", "WWW-Authenticate, Retry-After"))
        self.assertEqual(self.back.take(), [])

    def test_bodies_are_bounded(self):
        fits = call("read_file") + b" " * 900
        large = call("read_file") + b" " * 1024
        self.assertEqual(self.post("/small", fits, self.good).status, 200)
        self.assertEqual(self.post("/small", fits, self.good, chunked=True).status, 200)
        self.assertEqual([request.body for request in self.back.take()], [fits, fits])
        self.assertEqual(self.post("/small", large, self.good).status, 413)
        self.assertEqual(self.post("/small", large, self.good, chunked=True).status, 413)
        self.assertEqual(self.post("/small", large, self.bad["expired"]).status, 401)
        # One that nginx has put into a file was not judged, and is not forwarded.
        self.assertEqual(self.post("/spool", call("read_file") + b" " * 60000, self.good, chunked=True).status, 413)
        # Neither was one that is small, and whose framing is not.
        self.one.open()
        self.one.send("POST", "/spool", HEADERS + wire.bearer(self.good) + [("Transfer-Encoding", "chunked")])
        body = call("read_file") + b" " * 6000
        self.one.socket.sendall(b"".join(b"1\r\n%c\r\n" % byte for byte in body) + b"0\r\n\r\n")
        self.assertEqual(wire.read_response(self.one.reader).status, 413)
        self.assertEqual(self.back.take(), [])

    def test_slow_bodies_are_judged_whole(self):
        body = call("write_file")
        for token, status in ((self.writer, 200), (self.good, 403)):
            self.one.open()
            self.one.send("POST", "/mcp", HEADERS + wire.bearer(token) + [("Content-Length", str(len(body)))])
            for i in range(len(body)):
                self.one.socket.sendall(body[i:i + 1])
            self.assertEqual(wire.read_response(self.one.reader).status, status)
        self.assertEqual([request.body for request in self.back.take()], [body])

    def test_http2(self):
        client = wire.Http2(self.server.port2)
        self.addCleanup(client.close)
        for token, tool, status in ((self.good, "read_file", 200), (self.good, "write_file", 403),
                                    (self.bad["bad_signature"], "read_file", 401), (None, "read_file", 401)):
            for chunked in (False, True):
                response = client.request("POST", "/mcp", HEADERS + wire.bearer(token), call(tool), chunked)
                self.assertEqual(response.status, status, tool)
                self.assertEqual([request.body for request in self.back.take()], [call(tool)] if status == 200 else [])

    def test_headers_alone(self):
        mirrored = [("MCP-Protocol-Version", "2026-07-28"), ("Mcp-Method", "tools/call"), ("Mcp-Name", "read_file")]
        body = b"x" * 3_000_000  # is not looked at
        self.assertEqual(self.post("/headers", body, self.good, mirrored).status, 200)
        self.assertEqual(len(self.back.take()[0].body), len(body))
        self.assertEqual(self.post("/headers", call("read_file"), self.good).status, 400)
        mirrored[2] = ("Mcp-Name", "write_file")
        self.assertEqual(self.post("/headers", call("write_file"), self.good, mirrored).status, 403)
        self.assertEqual(self.back.take(), [])

    def test_a_variable_chooses_the_policy(self):
        second = self.key.mint(aud="https://mcp.example.com/second", scope="files:write")
        for name, token, status in (("a", self.good, 200), ("one", self.good, 200), ("b", self.good, 401), ("b", second, 200),
                                    ("a", second, 401), ("three", self.good, 403), ("", self.good, 403)):
            response = self.post("/chosen", call("read_file"), token, [("X-Policy", name), ("X-Case", "policy" + name)])
            self.assertEqual(response.status, status, name)
            self.assertEqual(len(self.back.take()), status == 200)
        self.assertEqual(self.server.logged("policythree")["assay"], "policy_unknown")
        self.assertIn("refused: policy_unknown: no assay_policy has the name that it gives: $policy", self.server.log())

    def test_a_policy_that_there_is_not_takes_no_token_for_its_own(self):
        response = self.post("/chosen-page", call("read_file"), self.good, [("X-Policy", "three"), ("X-Case", "page")])
        self.assertEqual(response.status, 403)
        self.assertEqual([(request.target, request.one("x-sub")) for request in self.back.take()], [("/page", None)])
        self.assertEqual(self.server.logged("page")["sub"], "")
        # A location that judges for itself says who acts there.
        self.post("/chosen-judged", call("read_file"), self.good, [("X-Policy", "three")])
        self.assertEqual([(request.target, request.one("x-sub")) for request in self.back.take()], [("/judged-page", "alice")])

    def test_what_the_location_requires_besides(self):
        response = self.post("/narrow", call("read_file"), self.good)
        self.assertEqual((response.status, 'scope="extra"' in response.one("www-authenticate")), (403, True))
        self.assertEqual(self.post("/narrow", call("read_file"), self.key.mint(scope="files:read extra")).status, 200)

    def test_a_location_narrows_what_the_policy_takes(self):
        both = self.key.mint(aud=[harness.AUDIENCE, "https://mcp.example.com/second"])
        second = self.key.mint(iss=OTHER_ISSUER)
        for target, token, status in (("/audience", self.good, 401), ("/audience", both, 200), ("/issuer", self.good, 401), ("/issuer", second, 200)):
            response = self.post(target, call("read_file"), token, [("X-Case", f"narrow{target}{status}")])
            self.assertEqual((response.status, len(self.back.take())), (status, status == 200), target)
            self.assertEqual(self.server.logged(f"narrow{target}{status}")["sub"], "alice" if status == 200 else "")
        self.assertEqual(self.server.logged("narrow/audience401")["assay"], "wrong_audience")
        self.assertEqual(self.server.logged("narrow/issuer401")["assay"], "wrong_issuer")

    def test_report_mode(self):
        host = [("Host", "report.example.com")]
        mirrored = [("MCP-Protocol-Version", "2026-07-28"), ("Mcp-Method", "tools/call"), ("Mcp-Name", "read_file")]
        reported = ("wrong_audience", "audience_missing")
        for reason, token in {**self.bad, "credential_missing": None}.items():
            response = self.post("/mcp", call("read_file"), token, host + [("X-Case", "report-" + reason)])
            passes = reason in reported
            self.assertEqual((response.status, len(self.back.take())), (200 if passes else 401, passes), reason)
            line = self.server.logged("report-" + reason)
            self.assertEqual((line["assay"], line["sub"]), (reason, ""))
            # What a location narrows is not reported only: a token that was refused has no claims to narrow by.
            self.assertEqual(self.post("/audience", call("read_file"), token, host).status, 401, reason)
            self.assertEqual(self.post("/issuer", call("read_file"), token, host).status, 401, reason)
            self.assertEqual(self.post("/narrow-headers", call("read_file"), token, host + mirrored).status, 401, reason)
            self.assertEqual(self.back.take(), [])
            self.assertEqual(self.post("/headers", call("read_file"), token, host + mirrored).status, 200 if passes else 401, reason)
            self.assertEqual(len(self.back.take()), passes)
        self.assertEqual(self.post("/mcp", call("write_file"), self.good, host).status, 200)
        self.assertEqual(self.post("/issuer", call("read_file"), self.good, host).status, 401)
        self.assertEqual(self.post("/mcp", b"{", self.good, host).status, 400)
        self.assertEqual(len(self.back.take()), 1)

    def test_a_token_that_expires_while_its_body_comes_is_refused(self):
        body, now = call("read_file"), int(time.time())
        for life, status in ((2, 401), (60, 200)):
            token = self.key.mint(exp=now + life, iat=now - 10)
            self.one.open()
            self.one.send("POST", "/mcp", HEADERS + wire.bearer(token) + [("Content-Length", str(len(body)))])
            self.one.socket.sendall(body[:10])
            time.sleep(max(0, now + 3.2 - time.time()))
            self.one.socket.sendall(body[10:])
            self.assertEqual(wire.read_response(self.one.reader).status, status)
            self.assertEqual(len(self.back.take()), status == 200)

    def test_metadata(self):
        for target, resource in ((METADATA + "/mcp", "mcp"), (METADATA, "mcp"), (METADATA + "/second", "second"),
                                 (METADATA + "/%6dcp", "mcp"), ("/x/.." + METADATA + "/mcp", "mcp"), (METADATA + "/mcp?x", "mcp"),
                                 ("/" + METADATA + "/mcp", "mcp")):
            response = self.one.request("GET", target)
            self.assertEqual((response.status, response.one("content-type")), (200, "application/json"), target)
            self.assertEqual(response.json()["resource"], "https://mcp.example.com/" + resource)
            self.assertEqual(response.one("access-control-allow-origin"), "*")
        head = self.one.request("HEAD", METADATA + "/mcp")
        self.assertEqual((head.status, head.body), (200, b""))
        self.assertEqual(self.one.request("OPTIONS", METADATA + "/mcp").status, 204)
        response = self.one.request("POST", METADATA + "/mcp", [], b"x")
        self.assertEqual((response.status, response.one("allow")), (405, "GET, HEAD, OPTIONS"))
        self.assertEqual(self.back.take(), [])
        self.assertEqual(self.one.request("GET", METADATA + "/third").body, b"backend")


if __name__ == "__main__":
    harness.run_tests()
