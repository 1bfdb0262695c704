#!/usr/bin/env python3
"""What `nginx -t` says of a configuration: every defect with its file and line, and nothing unsafe passes."""
import copy
import json
import os
import re
import subprocess

import harness
import wire

SERVER = "assay_config assay.json; server {{ listen @PORT@; {0} }}"
GOOD = [
    "location / { assay on; }",
    "location / { assay off; }",
    "location / { assay $http_x_gate; }",
    "assay on; assay_issuers https://auth.example.com; assay_audience https://mcp.example.com/mcp; location / { assay_issuers https://auth.example.com; }",
    "location / { limit_except GET { assay on; assay_require_scope files:write; } }",
    "location / { assay on; assay_token $http_authorization $http_x_token; }",
    "location / { assay on; assay_token $cookie_t; assay_forward_token on; }",
    "location / { assay on; assay_require $assay_sub $http_x error=404; assay_require $assay_scope; }",
    "location / { assay on; assay_mcp mcp.json; }",
    "location / { assay on; assay_mcp mcp.json headers; assay_mcp_body_max 64k; }",
    "location / { assay off; assay_mcp mcp.json; satisfy any; }",
    "assay_require_scope a; assay_require $assay_sub; location / { assay on; } location /open { }",
    "assay off; assay_require_scope a; location / { location /in { limit_except GET { assay on; } } }",
    "location / { assay on; assay_require $assay_sub${http_x}$http_y ${assay_scope}; }",
    "location / { assay off; assay_require_scope a; location /in { assay on; } }",
    "location / { assay off; assay_mcp mcp.json; location /in { assay on; } location /out { } }",
    "assay_metadata mcp.json;",
    "assay_metadata mcp.json; assay_metadata other_mcp.json own_path;",
    "location / { assay_status; }",
    "location / { assay on; assay_name a.b-c_1; }",
]
BAD = {
    "location / { assay maybe; }": "takes on, off, or a value with a variable",
    "location / { assay on; assay off; }": "is duplicate",
    "location / { assay on; assay_issuers https://other.example.com; }": "names https://other.example.com, which",
    "assay_audience https://a; location / { assay on; assay_audience https://b; }": "does not allow",
    "location / { assay on; assay_token cookie; }": "takes variables",
    "location / { assay on; assay_token $assay_sub; }": "takes no variable that comes of a token",
    "location / { assay on; assay_token $arg_token; }": "assay_forward_token on",
    "location / { assay on; assay_token $cookie_token; }": "assay_forward_token on",
    "location / { assay on; assay_require $assay_sub error=200; }": "takes error=CODE from 400",
    "location / { assay on; assay_require error=403; }": "takes values",
    "location / { assay on; assay_require text; }": "takes variables that may be empty",
    "location / { assay on; assay_require $assay_sub of$http_x; }": "takes variables that may be empty",
    "location / { assay on; assay_require ${assay_sub}x; }": "takes variables that may be empty",
    "location / { assay on; assay_require $assay_sub$assay_status; }": "takes variables that may be empty",
    "assay_require_scope a;": '"assay_require_scope" protects nothing without "assay on"',
    "assay_require_scope a; location / { assay off; }": '"assay_require_scope" protects nothing without "assay on"',
    "assay_audience https://a; assay_require $assay_sub; location / { }": '"assay_require" protects nothing without "assay on"',
    "location / { assay_mcp mcp.json; }": "protects nothing without",
    "assay off; location / { assay_mcp mcp.json; }": '"assay_mcp" protects nothing without "assay on"',
    "assay off; location / { assay_require_scope a; }": '"assay_require_scope" protects nothing without "assay on"',
    "location / { assay off; location /in { assay_mcp none.json; } }": '"assay_mcp" protects nothing without "assay on"',
    "location / { assay_require_scope a; }": '"assay_require_scope" protects nothing without "assay on"',
    "location / { limit_except GET { assay_require $assay_sub; } }": '"assay_require" protects nothing without "assay on"',
    "assay_require_scope a; location / { assay_require_scope b; }": '"assay_require_scope" protects nothing without "assay on"',
    "location / { assay on; assay_mcp mcp.json; satisfy any; }": "satisfy any",
    "location / { assay on; assay_mcp mcp.json; assay_mcp_body_max 2m; }": "client_body_buffer_size",
    "location / { assay on; assay_mcp mcp.json; client_body_buffer_size 16k; }": "client_body_buffer_size",
    "location / { assay on; assay_mcp mcp.json; client_body_in_file_only clean; }": "judges bodies in memory",
    "location / { assay on; assay_mcp mcp.json both; }": "takes headers or body",
    "location / { assay on; assay_mcp mcp.json; assay_token $http_x_token; }": "Authorization header alone",
    "location / { assay on; assay_mcp $http_x_policy; }": "needs policies",
    "location / { assay on; assay_mcp none.json; }": r'open\(\) ".*none.json" failed',
    "location / { assay on; assay_mcp elsewhere.json; }": "does not require the policy's resource as audience",
    "location / { assay on; assay_mcp proofs.json; }": "nginx checks no proof of possession in .*proofs.json",
    "assay_metadata mcp.json; assay_metadata other_mcp.json;": "have one path",
    "assay_metadata mcp.json; assay_metadata mcp.json own_path;": "have one path",
    "location / { assay on; assay_name 'a b'; }": "takes letters",
    "location / { assay_set $x sub; }": "is not allowed here",
}


class ConfigurationTest(harness.NginxTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        other = {**copy.deepcopy(harness.POLICY), "resource": "https://mcp.example.com/other"}
        both = harness.configuration([cls.key])
        both["issuers"][0]["audiences"].append("https://mcp.example.com/other")
        cls.place.file("assay.json", json.dumps(both))
        cls.place.file("other_mcp.json", json.dumps(other))
        cls.place.file("elsewhere.json", json.dumps({**other, "resource": "https://elsewhere.example.com/"}))
        cls.place.file("proofs.json", json.dumps({**harness.POLICY, "dpop_bound_access_tokens_required": True}))

    def judge(self, http):
        return harness.Nginx(self.place, http, check=False).test()

    def test_what_is_good_passes(self):
        for server in GOOD:
            passed, said = self.judge(SERVER.format(server))
            self.assertTrue(passed, f"{server}: {said}")

    def test_what_is_not_is_refused_where_it_stands(self):
        for server, why in BAD.items():
            passed, said = self.judge(SERVER.format(server))
            self.assertFalse(passed, server)
            emergencies = [line for line in said.splitlines() if "[emerg]" in line]
            self.assertTrue(any(re.search(why, line) for line in emergencies), f"{server}: {said}")
            self.assertTrue(any(re.search(r" in .*nginx\.conf:\d+$", line) for line in emergencies), f"{server}: {said}")

    def test_a_gate_may_stand_before_there_are_servers(self):
        demand = "assay_config assay.json; assay_require_scope a;"
        for http, passes in ((f"{demand} assay on;", True), (f"{demand} assay on; server {{ listen @PORT@; assay off; }}", True), (demand, False)):
            passed, said = self.judge(http)
            self.assertEqual(passed, passes, said)

    def test_a_gate_needs_an_engine(self):
        for server in ("assay on;", "assay_metadata mcp.json;", "assay_issuers https://auth.example.com;"):
            passed, said = self.judge(f"server {{ listen @PORT@; {server} }}")
            self.assertFalse(passed)
            self.assertIn('needs "assay_config"', said)

    def test_a_server_narrows_what_the_http_block_allows(self):
        second = "https://second.example.com"
        config = harness.configuration([self.key])
        config["issuers"].append({**config["issuers"][0], "issuer": second})
        self.place.file("two.json", json.dumps(config))
        for outer, inner, passes in ((harness.ISSUER, second, False), (harness.ISSUER, harness.ISSUER, True),
                                     (f"{harness.ISSUER} {second}", second, True), (second, f"{second} {harness.ISSUER}", False)):
            passed, said = self.judge(f"assay_config two.json; assay_issuers {outer}; server {{ listen @PORT@; assay_issuers {inner}; }}")
            self.assertEqual(passed, passes, (outer, inner, said))
            self.assertEqual("the block around it, does not have in" in said, not passes, said)

    def test_policies_have_names_of_their_own(self):
        passed, said = self.judge("assay_policy a mcp.json; assay_policy a other_mcp.json;")
        self.assertFalse(passed)
        self.assertIn("another one has", said)

    def test_waiting_is_bounded(self):
        passed, said = self.judge("assay_wait_for_keys 2s;")
        self.assertFalse(passed)
        self.assertIn("at most 1s", said)

    def test_every_defect_of_a_file_is_told_with_its_line(self):
        path = self.place.file("broken.json", '{\n"version": 1,\n"issuers": [{"issuer": "https://auth.example.com",\n'
                               '"audiences": [],\n"algorithms": ["none"],\n"colour": 1,\n"keys": {"discover": true}}]}')
        passed, said = self.judge("assay_config broken.json;")
        self.assertFalse(passed)
        for line in (4, 5, 6):
            self.assertRegex(said, rf"\[emerg\] .*/issuers/0/.* in {re.escape(path)}:{line}\n")
        self.assertRegex(said, r'"assay_config" refuses .*broken.json in .*nginx.conf:\d+')
        path = self.place.file("broken_mcp.json", json.dumps({**harness.POLICY, "default_tool": "maybe", "colour": 1}, indent=1))
        passed, said = self.judge(SERVER.format("location / { assay on; assay_mcp broken_mcp.json; }"))
        self.assertFalse(passed)
        self.assertEqual(len(re.findall(rf"\[emerg\] .* in {re.escape(path)}:\d+\n", said)), 2, said)

    def test_unusable_keys_are_told(self):
        config = harness.configuration([self.key])
        config["issuers"][0]["keys"] = {"file": os.path.join(self.place.path, "none.jwks")}
        self.place.file("keyless.json", json.dumps(config))
        passed, said = self.judge("assay_config keyless.json;")
        self.assertFalse(passed)
        self.assertIn("none.jwks", said)
        passed, said = self.judge("assay_config none.json;")
        self.assertFalse(passed)
        self.assertRegex(said, r": No such file or directory in .*/none\.json\n")
        self.assertEqual(said.count("none.json"), 2, said)  # and where it is named

    def test_a_warning_is_told_where_it_stands(self):
        path = self.place.file("reported.json", json.dumps(harness.configuration([self.key], mode="report"), indent=1))
        passed, said = self.judge("assay_config reported.json;")
        self.assertTrue(passed, said)
        self.assertRegex(said, rf"\[warn\] \S+ /issuers/0/mode: REPORT ONLY: .* in {re.escape(path)}:\d+\n")

    def test_what_does_nothing_where_nothing_is_judged_is_warned_of(self):
        said_of = {"assay_audience": harness.AUDIENCE, "assay_issuers": harness.ISSUER, "assay_token": "$http_x_token",
                   "assay_forward_token": "off", "assay_close_at_expiry": "on"}
        for name, value in said_of.items():
            for server, is_warned in ((f"{name} {value};", True), (f"location / {{ {name} {value}; location /in {{ assay on; }} }}", True),
                                      (f"{name} {value}; location / {{ assay on; }} location /open {{ }}", False),
                                      (f"location / {{ assay off; {name} {value}; }}", False)):
                passed, said = self.judge(SERVER.format(server))
                self.assertTrue(passed, said)
                warned = re.search(rf'\[warn\] \S+ "{name}" protects nothing without "assay on" in .*nginx\.conf:\d+\n', said)
                self.assertEqual(warned is not None, is_warned, f"{server}: {said}")

    def test_a_source_whose_repetition_is_not_seen_is_warned_of(self):
        for variable, is_warned in (("$http_x_token", False), ("$args", True), ("$mapped", True)):
            passed, said = self.judge("map $http_x $mapped { default $http_x; } "
                                      + SERVER.format(f"location / {{ assay on; assay_token {variable}; }}"))
            self.assertTrue(passed, said)
            self.assertEqual("was sent twice in" in said, is_warned, said)

    def test_the_warnings_of_a_policy_are_told_where_they_stand(self):
        other = "https://other.example"
        path = self.place.file("doubtful_mcp.json", json.dumps(
            {**harness.POLICY, "mode": "report", "authorization_servers": [harness.ISSUER, other]}, indent=1))
        passed, said = self.judge(SERVER.format("location / { assay on; assay_mcp doubtful_mcp.json; }"))
        self.assertTrue(passed, said)
        self.assertRegex(said, rf"\[warn\] \S+ /mode: REPORT ONLY.* in {re.escape(path)}:\d+\n")
        self.assertRegex(said, rf"\[warn\] \S+ /authorization_servers/1: is no configured issuer.* in {re.escape(path)}:\d+\n")
        passed, said = self.judge(SERVER.format("location / { assay on; assay_mcp mcp.json; }"))
        self.assertTrue(passed, said)
        self.assertNotIn("[warn]", said)

    def test_proofs_are_not_promised(self):
        self.place.file("proof.json", json.dumps(harness.configuration([self.key], accept_confirmation=["jkt"])))
        passed, said = self.judge("assay_config proof.json;")
        self.assertFalse(passed)
        self.assertIn("nginx checks no proof of possession", said)

    def test_the_example_of_the_readme_works_as_printed(self):
        with open(os.path.join(os.path.dirname(__file__), "../../README.md"), encoding="utf-8") as readme:
            text = readme.read()
        example = re.search(r"<!-- nginx example.*?```nginx\n(.*?)\n```", text, re.S).group(1)
        backends = {"3000": self.backend(), "3001": self.backend()}
        for port, backend in backends.items():
            self.assertIn("127.0.0.1:" + port, example)
            example = example.replace("127.0.0.1:" + port, f"127.0.0.1:{backend.port}")
        self.assertLessEqual(len(example.splitlines()), 10)
        server = self.nginx(example.replace("/etc/assay/", "").replace("listen 8080", "listen @PORT@"))
        client = self.client(server)
        call = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "read_file"}}).encode()
        self.assertEqual(client.request("GET", "/.well-known/oauth-protected-resource/mcp").json()["resource"], harness.AUDIENCE)
        for token, status in ((None, 401), (self.good, 200), *((token, 401) for token in self.bad.values())):
            self.assertEqual(client.request("POST", "/mcp", wire.bearer(token), call).status, status)
            self.assertEqual(client.request("GET", "/api/x", wire.bearer(token)).status, 403 if status == 200 else 401)
        self.assertEqual(client.request("GET", "/api/x", wire.bearer(self.key.mint(scope="api:read"))).status, 200)
        self.assertEqual([request.one("x-user") for request in backends["3001"].take()], ["alice"])
        self.assertEqual(len(backends["3000"].take()), 1)

    def test_the_log_format_of_the_readme_writes_json(self):
        with open(os.path.join(os.path.dirname(__file__), "../../README.md"), encoding="utf-8") as readme:
            form = re.search(r"<!-- log example.*?```nginx\n(.*?)\n```", readme.read(), re.S).group(1)
        log = os.path.join(self.place.path, "readme.log")
        server = self.nginx(f"{form} assay_config assay.json; server {{ listen @PORT@; access_log {log} assay; "
                            "location / { assay on; proxy_pass http://127.0.0.1:%d; } }" % self.backend().port)
        for token in (self.good, self.bad["wrong_audience"]):
            self.client(server).request("GET", "/", wire.bearer(token))
        server.stop()  # who writes the line has then done so
        with open(log, encoding="utf-8") as written:
            lines = [json.loads(line) for line in written]
        self.assertEqual([(line["status"], line["assay"], line["sub"]) for line in lines], [(200, "accept", "alice"), (401, "wrong_audience", "")])
        self.assertIn("wanted", lines[1]["detail"])

    def test_every_directive_stands_in_the_readme(self):
        with open(os.path.join(os.path.dirname(__file__), "../../README.md"), encoding="utf-8") as readme:
            text = readme.read()
        with open(os.path.join(os.path.dirname(__file__), "../../engine/nginx/directives.c"), encoding="utf-8") as source:
            names = re.findall(r'\{ngx_string\("(assay[a-z_]*)"\)', source.read())
        self.assertGreater(len(names), 20)
        for name in names:
            self.assertRegex(text, rf"\| .*`{name}[ `]", name)

    def test_only_the_modules_own_names_are_seen(self):
        said = subprocess.run(["nm", "-D", "--defined-only", harness.MODULE], check=True, capture_output=True, text=True)
        names = {line.split()[-1] for line in said.stdout.splitlines()}
        self.assertEqual(names, {"ngx_http_assay_module", "ngx_modules", "ngx_module_names", "ngx_module_order"})
        needs = subprocess.run(["readelf", "-d", harness.MODULE], check=True, capture_output=True, text=True).stdout
        self.assertNotIn("libassay", needs)
        self.assertIn("NODELETE", needs)


if __name__ == "__main__":
    harness.run_tests()
