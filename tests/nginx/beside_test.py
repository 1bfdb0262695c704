#!/usr/bin/env python3
"""What other modules of nginx's make of a request whose token was taken out: caches, passwords, tunnels, header names."""
import base64
import os
import socket

import harness
import wire
from mcp_gate import call


class BesideTest(harness.OneServerTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.key.mint(sub="bob")
        cls.place.file("passwords", "carol:{PLAIN}secret\n")
        cls.back = cls.start_backend(lambda request: (200, [("X-Seen", request.one("authorization") or "none")],
                                                      f"page of {request.one('x-sub')}".encode()))
        proxy = f"""proxy_pass http://127.0.0.1:{cls.back.port}; proxy_set_header X-Sub $assay_sub; proxy_set_header X-User $remote_user;"""
        upgrade = "proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $tunnel;"
        cls.server = cls.start_nginx(f"""
            assay_config assay.json; underscores_in_headers on; large_client_header_buffers 4 64k;
            map $http_upgrade $tunnel {{ default upgrade; '' close; }}
            proxy_cache_path {cls.place.path}/cached keys_zone=cached:1m;
            limit_req_zone $http_authorization zone=all:1m rate=1000r/s;
            server {{
                listen @PORT@; proxy_cache_valid 200 10m;
                location /key {{ assay on; proxy_cache cached; proxy_cache_key $uri$http_authorization; {proxy} }}
                location /bypass {{ assay on; proxy_cache cached; proxy_cache_bypass $http_authorization; proxy_no_cache $http_authorization; {proxy} }}
                location /set {{ assay on; {proxy} proxy_set_header Authorization $http_authorization; }}
                location /early {{ assay on; limit_req zone=all; {proxy} proxy_set_header Authorization $http_authorization; }}
                location /asks {{ assay on; auth_request /asked; {proxy} }}
                location = /asked {{ internal; assay on; {proxy} proxy_set_header Authorization $http_authorization; }}
                location /open {{ {proxy} }}
                location /password {{ satisfy any; auth_basic x; auth_basic_user_file passwords; assay on; assay_token $http_x_token; {proxy} }}
                location /tunnel {{ assay on; {proxy} {upgrade} }}
                location /mcp {{ assay on; assay_mcp mcp.json; {proxy} {upgrade} }}
                location /mcp-forward {{ assay on; assay_mcp mcp.json; assay_forward_token on; {proxy} {upgrade} }}
                location /cookie {{ assay on; assay_token $cookie_t; assay_forward_token on; {proxy} }}
                location /headers {{ assay on; assay_mcp mcp.json headers; {proxy} }}
            }}""")

    def test_what_goes_by_the_header_tells_clients_apart(self):
        for target in ("/key", "/bypass"):
            for token, name in ((self.good, "alice"), (self.other, "bob"), (self.good, "alice")):
                response = self.get(target, token)
                self.assertEqual((response.status, response.body), (200, b"page of " + name.encode()), target)
        self.assertEqual([request.target for request in self.back.take()], ["/key"] * 2 + ["/bypass"] * 3)

    def test_the_header_that_was_taken_out_is_a_digest(self):
        seen = {}
        for target in ("/set", "/early"):
            for token in (self.good, self.other):
                self.assertEqual(self.get(target, token).status, 200)
                said = self.back.take()[0].one("authorization")
                self.assertRegex(said, r"^removed [0-9a-f]{40}$")
                seen.setdefault(token, set()).add(said)
        self.assertEqual([len(each) for each in seen.values()], [1, 1])
        self.assertEqual(len(set.union(*seen.values())), 2)
        self.assertEqual(self.get("/open", self.good).one("x-seen"), "Bearer " + self.good)
        self.back.take()
        self.assertEqual(self.get("/asks", self.good).status, 200)
        self.assertNotIn(self.good, str([request.headers for request in self.back.take()]))

    def test_a_password_that_lets_somebody_pass_names_him(self):
        def ask(user, password, *more):
            basic = base64.b64encode(f"{user}:{password}".encode()).decode()
            status = self.one.request("GET", "/password", [("Authorization", "Basic " + basic), *more]).status
            return status, [(request.one("x-user"), request.one("x-sub"), request.one("authorization")) for request in self.back.take()]
        self.assertEqual(ask("carol", "secret"), (200, [("carol", None, None)]))
        self.assertEqual(ask("carol", "wrong"), (401, []))
        self.assertEqual(ask("root", "x", ("X-Token", self.good)), (200, [(None, "alice", None)]))

    def test_no_tunnel_leads_past_a_policy(self):
        upgrade = [("Connection", "upgrade"), ("Upgrade", "echo")]
        for target in ("/mcp", "/mcp-forward"):
            for twice in ([], [("Upgrade", "echo")]):
                response = self.one.request("POST", target, wire.bearer(self.good) + upgrade + twice, call("read_file"))
                self.assertEqual((response.status, [request.one("upgrade") for request in self.back.take()]), (200, [None]), (target, twice))
        # The control: without a policy the token is for all that comes.
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=5) as connection:
            connection.sendall(f"GET /tunnel HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: echo\r\nAuthorization: Bearer {self.good}\r\n\r\n".encode())
            self.assertEqual(connection.recv(12), b"HTTP/1.1 101")

    def test_a_header_in_a_second_spelling_is_that_header_twice(self):
        named = [("MCP-Protocol-Version", "2026-07-28"), ("Mcp-Method", "tools/call"), ("Mcp-Name", "read_file")]
        self.assertEqual(self.one.request("POST", "/headers", wire.bearer(self.good) + named, call("read_file")).status, 200)
        self.back.take()
        for name, value in (("Mcp_Name", "write_file"), ("MCP_Protocol_Version", "2025-06-18"), ("mcp_method", "tools/list"),
                            ("Content_Encoding", "gzip")):
            status = self.one.request("POST", "/headers", wire.bearer(self.good) + named + [(name, value)], call("write_file")).status
            self.assertEqual((status, self.back.take()), (415 if name == "Content_Encoding" else 400, []), name)

    def test_names_are_looked_for_once(self):
        used = {}
        for pair in ("a ", "[ ", "] ", "t ] "):
            before = self.processor_time()
            for _ in range(5):
                line = pair * (60000 // len(pair))
                self.assertIn(self.one.request("GET", "/cookie", [("Cookie", line)]).status, (400, 401))
            used[pair] = self.processor_time() - before
        self.assertLess(max(used.values()), 0.5, used)  # seconds; each would take some, if names were looked for from every blank

    def processor_time(self):
        with open(f"/proc/{self.server.worker_pids()[0]}/stat", encoding="ascii") as stat:
            user, system = stat.read().rsplit(")", 1)[1].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    harness.run_tests()
