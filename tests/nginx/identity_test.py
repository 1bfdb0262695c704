#!/usr/bin/env python3
"""Who acts: variables, narrowing, requirements, and headers that somebody forges."""
import json
import socket
import time

import harness
import wire

SECOND = "https://second.example.com"
FORGED = [("X-Assay-Sub", "root"), ("x-assay-sub", "root"), ("X-ASSAY-SUB", "root"), ("X_Assay_Sub", "root"), ("X-Assay-Email", "root"),
          ("x_assay_email", "root")]


class IdentityTest(harness.OneServerTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        config = harness.configuration([cls.key])
        config["issuers"][0]["audiences"].append("https://other.example.com/api")
        config["issuers"].append({**config["issuers"][0], "issuer": SECOND})
        cls.place.file("assay.json", json.dumps(config))
        reported = harness.configuration([cls.key], mode="report")
        reported["issuers"].append({**reported["issuers"][0], "issuer": SECOND})
        cls.place.file("report.json", json.dumps(reported))
        cls.back = cls.start_backend(cls.answer)
        proxy = f"""proxy_pass http://127.0.0.1:{cls.back.port}; proxy_buffering off;
            proxy_set_header X-Assay-Sub $assay_sub; proxy_set_header X-Assay-Email $email;"""
        every = "".join(f'proxy_set_header X-{name.replace("_", "-")} "${name}";' for name in (
            "assay_status", "assay_client_id", "assay_scope", "assay_iss", "assay_kid", "assay_alg", "assay_exp_in",
            "assay_principal", "assay_claims", "assay_claim_email", "assay_claim_roles", "assay_claim_n", "role", "capital"))
        cls.server = cls.start_nginx(f"""
            assay_config assay.json;
            assay_set $email email; assay_set $role realm_access role; assay_set $capital Upper;
            limit_req_zone $assay_sub zone=subs:64k rate=1r/m;
            server {{
                listen @PORT@; server_name gate.example.com;
                location /gate {{ assay on; {proxy} {every} }}
                location /open {{ {proxy} {every} }}
                location /off {{ assay off; {proxy} }}
                location /gated {{ assay $http_x_gate; {proxy} }}
                location /issuer {{ assay on; assay_issuers {SECOND}; {proxy} {every} }}
                location /audience {{ assay on; assay_audience https://other.example.com/api; {proxy} {every} }}
                location /to-audience {{ assay on; {proxy} rewrite ^ /audience last; }}
                location /scope {{ set $early $assay_status; assay on; assay_require_scope files:read files:write; {proxy} }}
                location /require {{ assay on; assay_require $email error=404; assay_require $role error=402; assay_require $capital; {proxy} }}
                location /outer {{ assay on; assay_require_scope files:read; assay_require $email error=404;
                    location /outer/inner {{ assay_require_scope files:write; assay_require $role error=402; {proxy} }} {proxy} }}
                location /rewritten {{ set $early $assay_sub; rewrite ^ /gate?access_token=x last; }}
                location /fallback {{ assay on; assay_require $email error=418; error_page 418 = /gate; {proxy} }}
                location /forward {{ assay on; assay_forward_token on; {proxy} }}
                location /asked {{ auth_request /asker; {proxy} }}
                location = /asker {{ internal; assay on; {proxy} }}
                location /late {{ mirror /refused; proxy_intercept_errors on; error_page 418 = @late; {proxy} }}
                location = /refused {{ internal; assay on; assay_preflight on; log_subrequest on; {proxy} }}
                location @late {{ assay on; {proxy} }}
                location /silent {{ assay on; assay_challenge off; {proxy} }}
                location /preflight {{ assay on; assay_preflight on; {proxy} }}
                location /limited {{ assay on; limit_req zone=subs; {proxy} }}
                location /except {{ {proxy} limit_except GET {{ assay on; }} }}
                location /close {{ assay on; assay_close_at_expiry on; {proxy} proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $http_connection; }}
                location /close-mirrored {{ assay on; assay_close_at_expiry on; mirror /device; {proxy} }}
                location /mirrored {{ assay on; mirror /device; {proxy} {every} }}
                location = /device {{ internal; assay on; assay_close_at_expiry on; assay_token $http_x_device; {proxy} }}
                location /if {{ assay on; if ($arg_x) {{ add_header X-If yes; {proxy.split(';')[0]}; }} {proxy} }}
                location /ssi-open {{ ssi on; ssi_types *; assay off; proxy_pass http://127.0.0.1:{cls.back.port}; }}
                location /unjudged {{ assay on; assay_subrequests off; {proxy} }}
                location / {{ assay on; {proxy} }}
            }}
            server {{ listen 127.0.0.1:{cls.take_port()}; assay_config report.json; location / {{ assay on; {proxy} {every} }}
                location /issuer {{ assay on; assay_issuers {SECOND}; {proxy} }}
                location /strict {{ assay on; assay_audience {harness.AUDIENCE}; {proxy} }}
                location /scoped {{ assay on; assay_require_scope a; {proxy} }} }}""")

    @classmethod
    def take_port(cls):
        cls.report_port = harness.free_port()
        return cls.report_port

    @staticmethod
    def answer(request):
        if request.target == "/late":
            return 418, [], b""
        if request.target.startswith("/ssi-open"):
            name = request.target.rpartition("=")[2]
            return 200, [("Content-Type", "text/html")], f'<!--#include virtual="/{name}" -->'.encode()
        if request.target.startswith("/close"):
            def slowly():
                yield b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
                for i in range(600):
                    yield b"data: %d\n\n" % i
                    time.sleep(0.05)
            return slowly()
        return None

    def seen(self):
        got = self.back.take()
        self.assertEqual(len(got), 1)
        return got[0]

    def test_variables_say_who_acts(self):
        token = self.key.mint(email="a@b.c", roles=["x", "é"], n=12, realm_access={"role": "editor"}, Upper="U", false=False)
        for target in ("/gate", "/open"):
            self.assertEqual(self.get(target, token).status, 200)
            request = self.seen()
            wanted = {"assay-status": "accept", "assay-sub": "alice", "assay-client-id": "client-1", "assay-scope": "files:read",
                      "assay-iss": harness.ISSUER, "assay-kid": "k1", "assay-alg": "ES256", "assay-claim-email": "a@b.c",
                      "assay-claim-roles": '["x","\\u00e9"]', "assay-claim-n": "12", "role": "editor", "capital": "U",
                      "assay-email": "a@b.c"}
            for name, value in wanted.items():
                self.assertEqual(request.one("x-" + name), value, name)
            self.assertIn(int(request.one("x-assay-exp-in")), range(550, 601))
            self.assertIn("5:alice", request.one("x-assay-principal"))
            self.assertEqual(json.loads(request.one("x-assay-claims").encode("latin-1"))["realm_access"], {"role": "editor"})
            self.assertEqual(request.one("authorization") is None, target == "/gate")

    def test_they_are_empty_unless_the_token_is_accepted(self):
        for reason, token in {**self.bad, "credential_missing": None}.items():
            self.assertEqual(self.get("/open", token).status, 200)
            request = self.seen()
            self.assertEqual(request.one("x-assay-status"), reason)
            for name, value in request.headers:
                if name.lower().startswith(("x-assay", "x-role")) and name.lower() != "x-assay-status":
                    self.assertEqual(value, "", name)

    def test_nothing_breaks_out_of_a_header(self):
        for hostile in ("x\r\nX-Admin: 1", "x\ny", "x\x00y", "\x7f", "\t"):
            self.assertEqual(self.get("/gate", self.key.mint(email=hostile, sub="s" + hostile if "\x00" not in hostile else "s")).status, 200)
            request = self.seen()
            self.assertEqual(request.one("x-assay-claim-email"), None)
            self.assertEqual(request.one("x-assay-sub"), "s" if "\x00" in hostile else None)
            self.assertIsNone(request.one("x-admin"))
        self.get("/gate", self.key.mint(email="Zoë", roles={"a": "b\r\nc"}))
        request = self.seen()
        self.assertEqual(request.one("x-assay-claim-email").encode("latin-1").decode(), "Zoë")
        self.assertEqual(request.one("x-assay-claim-roles"), '{"a":"b\\r\\nc"}')

    def test_forged_identity_headers_do_not_pass(self):
        for target, token in (("/gate", self.key.mint(email="me")), ("/gate", self.key.mint(email="")), ("/gate", self.good), ("/open", None)):
            self.get(target, token, FORGED)
            request = self.seen()
            for name in ("x-assay-sub", "x-assay-email", "x_assay_sub", "x_assay_email"):
                self.assertNotIn("root", request.all(name), (target, name))

    def test_only_off_is_off(self):
        for value, status in (("off", 200), ("", 401), ("OFF", 401), ("0", 401), ("on", 401), ("off,off", 401), ("of", 401), ("offs", 401), (" off", 200)):
            self.assertEqual(self.get("/gated", None, [("X-Gate", value)]).status, status, value)
        self.assertEqual(self.get("/gated").status, 401)
        self.assertEqual(self.get("/off").status, 200)

    def test_narrowing(self):
        second = self.key.mint(iss=SECOND)
        other = self.key.mint(aud=["https://other.example.com/api", "x"])
        for target, token, status in (("/issuer", self.good, 401), ("/issuer", second, 200), ("/audience", self.good, 401),
                                      ("/audience", other, 200), ("/audience", self.bad["audience_missing"], 401),
                                      ("/to-audience", self.good, 401), ("/to-audience", other, 200)):
            response = self.get(target, token, [("X-Case", "narrow" + target)])
            self.assertEqual(response.status, status, target)
            self.assertEqual(len(self.back.take()), status == 200)
            if status == 401:
                self.assertIn("invalid_token", response.one("www-authenticate"))
        self.get("/issuer", self.good, [("X-Case", "n1")])
        self.assertEqual((self.server.logged("n1")["assay"], self.server.logged("n1")["sub"]), ("wrong_issuer", ""))

    def test_scopes_and_requirements(self):
        response = self.get("/scope", self.good, [("X-Case", "early")])
        self.assertEqual(self.server.logged("early")["assay"], "insufficient_scope")  # though it was read before that
        self.assertEqual(response.status, 403)
        self.assertIn('error="insufficient_scope"', response.one("www-authenticate"))
        self.assertIn('scope="files:read files:write"', response.one("www-authenticate"))
        self.assertEqual(self.get("/scope", self.key.mint(scope="files:write x files:read")).status, 200)
        self.assertEqual(self.get("/scope", self.bad["expired"]).status, 401)
        for status, claims in ((404, {}), (402, {"email": "a"}), (403, {"email": "a", "realm_access": {"role": "x"}}),
                               *((403, {"email": "a", "realm_access": {"role": "x"}, "Upper": empty}) for empty in ("0", 0, [], {}, "")),
                               (200, {"email": "a", "realm_access": {"role": "x"}, "Upper": "1"})):
            self.assertEqual(self.get("/require", self.key.mint(**claims)).status, status, claims)
        self.assertEqual(self.get("/require", self.bad["bad_signature"]).status, 401)
        for detail in ('insufficient_scope: the token lacks scopes; assay_require_scope needs "files:read" "files:write"',
                       "requirement_not_met: assay_require: empty or 0: $email"):
            self.assertIn(f"assay: refused: {detail}, request id", self.server.log())

    def test_the_query_counts_that_goes_upstream(self):
        self.assertEqual((self.get("/rewritten", self.good).status, self.back.take()), (400, []))

    def test_inner_blocks_require_what_outer_ones_do(self):
        both, role = "files:write files:read", {"role": "x"}
        for status, claims in ((403, {"scope": "files:write", "email": "a", "realm_access": role}), (403, {"email": "a", "realm_access": role}),
                               (404, {"scope": both, "realm_access": role}), (402, {"scope": both, "email": "a"}),
                               (200, {"scope": both, "email": "a", "realm_access": role})):
            response = self.get("/outer/inner", self.key.mint(**claims))
            self.assertEqual(response.status, status, claims)
            if status == 403:
                self.assertIn('scope="files:read files:write"', response.one("www-authenticate"))
        self.assertEqual(self.get("/outer", self.key.mint(email="a")).status, 200)

    def test_the_token_is_forwarded_only_where_that_is_said(self):
        self.get("/forward", self.good)
        self.assertEqual(self.seen().one("authorization"), "Bearer " + self.good)
        for count in range(16, 24):  # wherever the header stands in nginx's list, which grows by parts of 20
            for behind in (0, 1, 3):
                fill = [(f"X-Fill-{i}", str(i)) for i in range(count)]
                after = [(f"X-After-{i}", str(i)) for i in range(behind)]
                response = self.one.request("GET", "/gate", fill + wire.bearer(self.good) + after)
                request = self.seen()
                self.assertEqual((response.status, request.one("authorization")), (200, None))
                for name, value in fill + after:
                    self.assertEqual(request.one(name), value)

    def test_a_subrequests_headers_are_not_the_requests(self):
        for count in (1, 17, 18, 19, 20, 40):  # the request's list of headers has parts that its subrequests share
            fill = [(f"X-Fill-{i}", str(i)) for i in range(count)]
            after = [("X-After", "1"), ("X-Last", "2")]
            response = self.one.request("GET", "/asked", fill + wire.bearer(self.good) + after)
            self.assertEqual(response.status, 200)
            seen = {request.target: request for request in self.back.take()}
            self.assertEqual({target: request.one("authorization") for target, request in seen.items()},
                             {"/asker": None, "/asked": "Bearer " + self.good}, count)
            for request in seen.values():
                for name, value in fill + after:
                    self.assertEqual(request.one(name), value)

    def test_challenges_may_be_silent(self):
        self.assertIsNone(self.get("/silent").one("www-authenticate"))

    def test_preflights_are_answered_and_not_passed_on(self):
        preflight = [("Origin", "https://app.example.com"), ("Access-Control-Request-Method", "PUT")]
        response = self.get("/preflight", None, preflight, "OPTIONS")
        self.assertEqual((response.status, response.one("access-control-allow-origin"), response.one("vary"),
                          response.one("access-control-allow-credentials")), (204, "https://app.example.com", "Origin", None))
        for target, headers, method in (("/gate", preflight, "OPTIONS"), ("/preflight", preflight, "GET"), ("/preflight", preflight[:1], "OPTIONS"),
                                        ("/preflight", preflight + preflight[:1], "OPTIONS")):
            self.assertIn(self.get(target, None, headers, method).status, (400, 401), (target, method))
        self.assertEqual(self.back.take(), [])

    def test_a_subrequests_refusal_is_not_the_requests(self):
        response = self.get("/late", self.bad["expired"])
        self.assertEqual(response.status, 401)
        self.assertIn("invalid_token", response.one("www-authenticate"))
        # Whoever asked by a subrequest would take the 204 of a preflight for a pass.
        more = [("Origin", "https://app.example.com"), ("Access-Control-Request-Method", "PUT"), ("X-Case", "asked-preflight")]
        self.get("/late", None, more, "OPTIONS")
        lines = harness.wait_for(lambda: (lambda found: found if len(found) == 2 else None)(
            [line for line in self.place.read("access.log").splitlines() if '"asked-preflight"' in line]), 5, "both lines")
        self.assertEqual(sorted(json.loads(line)["status"] for line in lines), ["401", "403"])

    def test_limits_by_subject(self):
        for who, status in (("u1", 200), ("u1", 503), ("u2", 200), ("u2", 503)):
            self.assertEqual(self.get("/limited", self.key.mint(sub=who)).status, status, who)
        self.assertEqual([self.get("/limited", self.bad["expired"]).status for _ in range(3)], [401] * 3)

    def test_blocks_within_locations(self):
        self.assertEqual(self.get("/except").status, 200)
        self.assertEqual(self.get("/except", None, method="POST").status, 401)
        self.assertEqual(self.get("/except", self.good, method="POST").status, 200)
        for target in ("/if", "/if?x=1"):
            self.assertEqual(self.get(target).status, 401, target)
            self.assertEqual(self.get(target, self.good).status, 200, target)

    def test_subrequests_are_judged(self):
        self.assertIn(b"backend", self.get("/ssi-open?i=gate", self.good).body)
        for token in (None, self.bad["bad_signature"]):
            self.back.take()
            self.assertNotIn(b"backend", self.get("/ssi-open?i=gate", token).body)
            self.assertEqual(len(self.back.take()), 1)
            self.assertIn(b"backend", self.get("/ssi-open?i=unjudged", token).body)

    def test_streams_end_with_their_token(self):
        started = time.monotonic()
        now = int(time.time())
        token = self.key.mint(exp=now + 2, iat=now - 10)
        self.one.open()
        self.one.send("GET", "/close", wire.bearer(token))
        got = b""
        while (part := self.one.socket.recv(65536)):
            got += part
        self.assertLess(time.monotonic() - started, 6)
        self.assertIn(b"data: 5\n", got)
        self.one.open()
        self.one.send("GET", "/close", wire.bearer(self.key.mint(exp=int(time.time()) + 2, iat=now - 10)) +
                      [("Upgrade", "echo"), ("Connection", "Upgrade")])
        self.assertEqual(wire.read_response(self.one.reader).status, 101)
        self.one.socket.sendall(b"hello")
        self.assertEqual(self.one.socket.recv(5), b"hello")
        self.assertEqual(self.one.socket.recv(5), b"")

    def test_a_subrequests_token_is_not_the_requests(self):
        now = int(time.time())
        short = self.key.mint(exp=now + 2, iat=now - 10)
        self.one.open()
        self.one.send("GET", "/close-mirrored", wire.bearer(short) + [("X-Device", self.good)])
        while self.one.socket.recv(65536):
            self.assertLess(time.time() - now, 6)
        self.back.take()
        client = self.client(self.server)
        for device, case in ((self.bad["bad_signature"], "forged-device"), (self.good, "good-device")):
            self.assertEqual(client.request("GET", "/mirrored", wire.bearer(self.good) + [("X-Device", device), ("X-Case", case)]).status, 200)
            self.assertEqual(self.server.logged(case)["assay"], "accept")
        refused = client.request("GET", "/mirrored", wire.bearer(self.bad["expired"]) + [("X-Device", self.good), ("X-Case", "expired")])
        self.assertEqual(refused.status, 401)
        self.assertEqual(self.server.logged("expired")["assay"], "expired")
        seen = self.back.take()
        self.assertEqual(sorted(request.target for request in seen), ["/device", "/mirrored", "/mirrored"])
        for request in seen:
            if request.target == "/mirrored":
                self.assertEqual(request.one("x-assay-status"), "accept")

    def test_a_decision_takes_the_place_of_the_one_before_a_redirect(self):
        self.assertEqual(self.get("/fallback", self.good, [("X-Case", "fallback")]).status, 200)
        self.assertEqual(self.seen().one("x-assay-status"), "accept")
        self.assertEqual(self.server.logged("fallback")["assay"], "accept")

    def test_report_mode(self):
        client = wire.Client(self.report_port)
        self.addCleanup(client.close)
        reported = {name: self.bad[name] for name in ("wrong_audience", "audience_missing")}
        for reason, token in self.bad.items():
            self.back.take()
            response = client.request("GET", "/", wire.bearer(token) + [("X-Case", "r" + reason)])
            self.assertEqual(response.status, 200 if reason in reported else 401, reason)
            self.assertEqual(self.server.logged("r" + reason)["assay"], reason)
            for request in self.back.take():
                self.assertEqual(request.one("x-assay-sub"), None)
                self.assertIsNone(request.one("authorization"))
                self.assertIn(reason, [value for name, value in request.headers if name == "X-assay-status"])
        self.assertIn("assay: reported only: wrong_audience: ", self.server.log())
        for target in ("/strict", "/scoped", "/issuer"):
            self.assertIn(client.request("GET", target, wire.bearer(self.bad["wrong_audience"])).status, (401, 403))
        self.assertEqual(client.request("GET", "/issuer", wire.bearer(self.key.mint(iss=SECOND, aud="https://x.example.com"))).status, 200)
        self.assertEqual(client.request("GET", "/").status, 401)


if __name__ == "__main__":
    harness.run_tests()
