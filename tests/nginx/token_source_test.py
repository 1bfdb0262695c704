#!/usr/bin/env python3
"""Where a token may stand beside the Authorization header, and that nothing goes upstream beside the one that was judged."""
import socket

import harness
import wire
from harness import forged


class TokenSourceTest(harness.OneServerTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.back = cls.start_backend()
        proxy = f"proxy_pass http://127.0.0.1:{cls.back.port};"
        cls.server = cls.start_nginx(f"""
            assay_config assay.json;
            server {{
                listen @PORT@;
                location /tokens {{ assay on; assay_token $http_x_token $http_authorization; {proxy} proxy_set_header X-Remote $remote_user; }}
                location /two {{ assay on; try_files /none /inner-two; }}
                location /inner-two {{ internal; assay on; assay_token $http_x_token; {proxy} }}
                location /cookie {{ assay on; assay_token $cookie_t $arg_t; assay_forward_token on; {proxy} }}
                location /named {{ assay on; assay_token $cookie_a_t $arg_a_t; assay_forward_token on; {proxy} }}
                location /either {{ assay on; assay_token $http_authorization $cookie_a_t; assay_forward_token on; {proxy} }}
                location /all {{ assay on; try_files /none /inner-all; }}
                location /inner-all {{ internal; assay on; assay_token $http_x_a $http_x_b; {proxy} }}
                location /through {{ assay on; try_files /none /inner-all-or-header; }}
                location /inner-all-or-header {{ internal; assay on; assay_token $http_authorization $http_x_a; try_files /none @last; }}
                location @last {{ assay on; assay_token $http_x_a $http_x_b $http_authorization; {proxy} }}
                location /plain {{ assay on; {proxy} }}
                location /cut {{ assay on; rewrite ^ /x? break; proxy_pass http://127.0.0.1:{cls.back.port}$request_uri; }}
                location /cut-source {{
                    assay on; assay_token $cookie_t $arg_t; assay_forward_token on;
                    rewrite ^ /x? break; proxy_pass http://127.0.0.1:{cls.back.port}$request_uri; }}
                location /twice {{ assay on; assay_token $http_x_token; assay_forward_token on; {proxy} }}
            }}""")

    def test_other_sources(self):
        for headers, status in (([("X-Token", self.good)], 200), (wire.bearer(self.good), 200), ([("X-Token", self.bad["expired"])], 401),
                                ([("X-Token", self.good)] + wire.bearer(self.good), 400), ([], 401), ([("X-Token", "a b")], 400),
                                ([("X-Token", self.bad["expired"])] + wire.bearer(self.good), 400),
                                ([("X-Token", self.good), ("Authorization", "Bearer")], 400), ([("Authorization", "bearer ")], 401),
                                ([("X-Token", self.good), ("Authorization", "Basic cm9vdDp4")], 200)):
            self.back.take()
            self.assertEqual(self.one.request("GET", "/tokens", headers).status, status, [name for name, _ in headers])
            for request in self.back.take():
                self.assertIsNone(request.one("authorization"))
                self.assertIsNone(request.one("x-token"))
                self.assertIsNone(request.one("x-remote"))  # nobody has looked at a password
        # A verdict that is kept is on its own token alone.
        for first, second, status in ((self.good, self.good, 200), (self.good, self.bad["expired"], 401), (self.good, forged(self.good), 401),
                                      (self.bad["expired"], self.good, 401)):
            self.back.take()
            self.assertEqual(self.get("/two", first, [("X-Token", second)]).status, status)
            self.assertEqual(len(self.back.take()), status == 200)
        self.assertEqual(self.get("/cookie", None, [("Cookie", "t=" + self.good)]).status, 200)
        self.assertEqual(self.get("/cookie?t=" + self.good).status, 200)
        self.assertEqual(self.get("/cookie?t=" + self.bad["bad_signature"]).status, 401)
        self.assertEqual(self.get("/cookie?t=" + self.good, None, [("Cookie", "t=" + self.good)]).status, 400)
        self.assertEqual(self.get("/cookie", self.good).status, 401)

    def test_a_source_that_is_repeated_is_refused(self):
        bad = self.bad["expired"]
        for target, more in (("/twice", [("X-Token", self.good), ("X-Token", bad)]), ("/twice", [("X-Token", ""), ("x-token", self.good)]),
                             ("/cookie", [("Cookie", f"t={self.good}; T={bad}")]), ("/cookie", [("Cookie", f"t={self.good};a=b, t ={bad}")]),
                             ("/cookie", [("Cookie", f"t={self.good}"), ("Cookie", f"t={bad}")]), ("/cookie", [("Cookie", f"t=;t={self.good}")]),
                             (f"/cookie?t={self.good}&t={bad}", []), (f"/cookie?T={self.good}&x&%74={bad}", []), (f"/cookie?t={self.good};t=", [])):
            response = self.one.request("GET", target, more + [("X-Case", "repeated" + target[:8])])
            self.assertEqual((response.status, self.back.take()), (400, []), (target, more))
            self.assertEqual(self.server.logged("repeated" + target[:8])["sub"], "")
        for target, more in (("/twice", [("X-Token", self.good), ("X-Token-2", bad)]), ("/cookie?tt=1&t", [("Cookie", f"at=x; t={self.good}; tt=x; t")]),
                             (f"/cookie?at=x&t={self.good}&tt=x", [])):
            self.assertEqual(self.one.request("GET", target, more).status, 200, target)

    def test_a_source_is_repeated_in_any_spelling_that_servers_read(self):
        good, bad = self.good, self.bad["expired"]
        for pair in ("\ta_t=", "a_t\t=", "a.t=", "a_t[=", "A.T =", "a%5ft=", "%61_t=", "a[t=", "\x0ba_t=", "\xa0a_t=", "b=c a_t="):
            for line in (f"a_t={good}; {pair}{bad}", f"{pair}{bad};a_t={good}", f"x=1;{pair}{bad}; a_t={good}"):
                self.assertEqual(self.get("/named", None, [("Cookie", line)]).status, 400, line)
            self.assertEqual(self.get("/either", good, [("Cookie", pair + bad)]).status, 400, pair)
        for pair in ("a.t=", "a+t=", "a%20t=", "+a_t=", "%20a_t=", "%09a_t=", "a_t%00=", "a_t[]=", "a_t%5B0=", "a_t+=", "A%2Et=",
                     "a[t=", "[a_t]=", "]a_t=", "a_t]=", "%0ba_t=", "%a0a_t="):
            for query in (f"a_t={good}&{pair}{bad}", f"{pair}{bad}&a_t={good}", f"x;{pair}{bad};y&a_t={good}"):
                self.assertEqual(self.get("/named?" + query).status, 400, query)
        self.assertEqual(self.back.take(), [])
        for query in (f"a_t={good}&aa_t={bad}", f"a_t={good}&a-t={bad}&a_t2={bad}&.a_t={bad}&x[a_t={bad}"):
            self.assertEqual(self.get("/named?" + query).status, 200, query)

    def test_a_credential_beside_the_source_is_refused(self):
        cookie, token = [("Cookie", "t=" + self.good)], [("X-Token", self.good)]
        for value in ("Bearer " + forged(self.good), "Bearer " + self.good, "bearer\t" + self.good, "DPoP x", "Bearer", "Bearer,x",
                      "\tBearer x", "Basic eDp5, Bearer x", ", Bearer x", forged(self.good), "\x0bbearer x"):
            for target, source in (("/cookie", cookie), ("/cookie?t=" + self.good, []), ("/twice", token)):
                self.assertEqual(self.get(target, None, source + [("Authorization", value)]).status, 400, (target, value))
        self.assertEqual(self.get("/tokens", None, token + [("Authorization", "DPoP x")]).status, 400)
        for target, source in (("/cookie?access_token=", cookie), ("/twice?access%5ftoken=", token), ("/tokens?access.token=", token),
                               ("/twice?access[token=", token), ("/cookie?[access_token]=", cookie)):
            self.assertEqual(self.get(target + forged(self.good), None, source).status, 400, target)
        self.assertEqual(self.back.take(), [])
        for value in ("Basic cm9vdDp4", "Bearers x", "Basic YmVhcmVy", "x-bearer y", "a.b"):
            self.assertEqual(self.get("/cookie", None, cookie + [("Authorization", value)]).status, 200, value)

    def test_all_that_may_go_upstream_as_a_query_is_looked_at(self):
        beside, cookie = "access_token=" + forged(self.good), [("Cookie", "t=" + self.good)]
        for target in ("/plain?x=1#&" + beside, "/plain#?" + beside, "/plain#", "/plain?#"):
            self.assertEqual((self.get(target, self.good).status, self.back.take()), (400, []), target)
        self.assertEqual((self.get("/named?a_t=" + self.good + "#&a_t=x").status, self.back.take()), (400, []))
        for target, more in (("/cut?" + beside, wire.bearer(self.good)), ("/cut-source?" + beside, cookie), ("/cut-source?t=x", cookie)):
            self.assertEqual((self.get(target, None, more).status, self.back.take()), (400, []), target)
        for target, more in (("/cut?x=1", wire.bearer(self.good)), ("/cut-source?x=1", cookie)):
            self.assertEqual(self.get(target, None, more).status, 200, target)
            self.assertEqual([request.target for request in self.back.take()], [target])

    def test_what_was_taken_out_is_seen_again_behind_a_redirect(self):
        bad = self.bad["expired"]
        for headers, status in ((wire.bearer(self.good), 200), (wire.bearer(bad), 401), ([("X-A", self.good)] + wire.bearer(self.good), 400),
                                ([("X-A", self.good), ("X-B", ""), ("X-A", bad)] + wire.bearer(self.good), 400)):
            self.assertEqual(self.one.request("GET", "/through", headers).status, status, headers)
            self.assertEqual([request.one("x-a") for request in self.back.take()], [None] * (status == 200))

    def test_headers_that_are_all_taken_out_leave_none(self):
        for before in (["X-A: "], ["X-A: ", "X-B: " + self.good], []):
            lines = before + ["Authorization: Bearer " + self.good] + ([] if len(before) == 2 else ["X-B: " + self.good])
            with socket.create_connection(("127.0.0.1", self.server.port), timeout=5) as connection:
                connection.sendall(("GET /all HTTP/1.0\r\n" + "\r\n".join(lines) + "\r\n\r\n").encode())
                self.assertEqual(connection.recv(12), b"HTTP/1.1 200")
            # nginx's own: Connection by its version.
            self.assertEqual([{name.lower() for name, _ in request.headers} - {"connection"} for request in self.back.take()], [{"host"}], lines)


if __name__ == "__main__":
    harness.run_tests()
