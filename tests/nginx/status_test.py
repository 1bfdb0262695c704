#!/usr/bin/env python3
"""What is counted, over all workers and their ends."""
import json
import os
import re
import signal

import harness
import wire


class StatusTest(harness.NginxTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.back = cls.start_backend()
        cls.config = f"""assay_config assay.json; assay_zone counters 128k;
            server {{ listen @PORT@ reuseport; server_name gate.example.com;
                location /a {{ assay on; assay_name first; proxy_pass http://127.0.0.1:{cls.back.port}; }}
                location /b {{ assay on; proxy_pass http://127.0.0.1:{cls.back.port}; }}
                location = /status {{ assay_status; }} }}"""
        cls.server = cls.start_nginx(cls.config, workers=3)

    def ask(self, target, headers=(), method="GET"):
        client = wire.Client(self.server.port)
        try:
            return client.request(method, target, headers)
        finally:
            client.close()

    def numbers(self):
        response = self.ask("/status", [("Accept", "text/plain")])
        self.assertEqual((response.status, response.one("content-type")), (200, "text/plain; version=0.0.4"))
        found = {}
        for line in response.body.decode().splitlines():
            if line and not line.startswith("#"):
                self.assertRegex(line, r'^[a-z_]+(\{([a-z_]+="[^"]*",?)*\})? [0-9.e+-]+$')
                name, value = line.rsplit(" ", 1)
                self.assertNotIn(name, found)
                found[name] = float(value)
        return found

    def test_counters_are_those_of_all_workers_and_never_fall(self):
        sent = 0
        last = {}
        for round_ in range(3):
            for _ in range(30):
                self.assertEqual(self.ask("/a", wire.bearer(self.good)).status, 200)
                self.assertEqual(self.ask("/a", wire.bearer(self.bad["expired"])).status, 401)
                self.assertEqual(self.ask("/b").status, 401)
                sent += 1
            counted = self.ask("/status").json()["requests"]
            self.assertEqual(counted, {"first": {"accepted": sent, "expired": sent}, "": {"credential_missing": sent}})
            name = 'assay_tokens_total{issuer="https://auth.example.com",reason="%s"}'
            if round_ < 2:  # each worker adds its own within a second
                now = harness.wait_for(lambda: (lambda n: n if n[name % "accepted"] == sent else None)(self.numbers()), 10, "all workers")
                self.assertEqual(now[name % "expired"], sent)
                for each, value in last.items():
                    if re.search(r"_total|_bucket|_count|_sum", each):
                        self.assertGreaterEqual(now[each], value, each)
                last = now
            if round_ == 0:
                self.server.write(self.config)
                self.server.reload()
                harness.wait_for(lambda: len(self.server.worker_pids()) == 3, 20, "old workers to end")
            else:
                pid = self.server.worker_pids()[0]
                os.kill(pid, signal.SIGKILL)
                harness.wait_for(lambda: len(set(self.server.worker_pids()) - {pid}) == 3, 20, "another worker")
        self.assertEqual(self.ask("/status").json()["issuers"], [{"issuer": harness.ISSUER, "ready": True}])
        self.assertEqual(self.ask("/status", method="POST").status, 405)
        self.assertNotIn(self.good[:40], json.dumps(self.numbers()))

    def test_what_report_mode_passes_on_is_counted_as_such_and_nothing_else(self):
        place = self.elsewhere()
        place.file("report.json", json.dumps(harness.configuration([self.key], mode="report")))
        place.file("mcp.json", json.dumps({**harness.POLICY, "mode": "report"}))
        passes = f"proxy_pass http://127.0.0.1:{self.back.port};"
        server = harness.Nginx(place, f"""assay_config report.json; assay_zone counters 128k;
            server {{ listen @PORT@; server_name enforced.example.com; assay_config assay.json; assay on;
                location = /policy {{ assay_name policy; assay_mcp mcp.json; {passes} }} }}
            server {{ listen @PORT@ default_server; assay on;
                location = /issuer {{ assay_name issuer; {passes} }}
                location = /scoped {{ assay_name scoped; assay_require_scope files:read; {passes} }}
                location = /both {{ assay_name both; assay_mcp mcp.json; {passes} }}
                location = /more {{ assay_name more; assay_mcp mcp.json; assay_require_scope files:none; {passes} }}
                location = /status {{ assay off; assay_status; }} }}""")
        self.addCleanup(server.stop)
        call = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "write_file", "arguments": {}}})
        mcp = [("Content-Type", "application/json"), ("Accept", "application/json, text/event-stream")]
        other = self.bad["wrong_audience"]
        reported, refused = ("wrong_audience", 200), ("insufficient_scope", 403)
        for target, token, (reason, status) in (
                ("/issuer", self.good, ("accepted", 200)), ("/issuer", other, reported), ("/issuer", self.bad["expired"], ("expired", 401)),
                ("/scoped", self.good, ("accepted", 200)), ("/scoped", other, refused),
                ("/policy", self.good, ("insufficient_scope", 200)), ("/policy", other, ("wrong_audience", 401)),
                ("/both", self.good, ("insufficient_scope", 200)), ("/both", other, reported),
                ("/more", self.good, refused), ("/more", other, refused)):
            client = wire.Client(server.port)
            self.addCleanup(client.close)
            host = [("Host", "enforced.example.com")] if target == "/policy" else []
            headers = wire.bearer(token) + mcp + host + [("X-Case", f"{target}{reason}{status}")]
            response = client.request("POST", target, headers, call.encode())
            self.assertEqual(response.status, status, (target, reason))
            self.assertEqual(server.logged(f"{target}{reason}{status}")["assay"], "accept" if reason == "accepted" else reason)
        client = wire.Client(server.port)
        self.addCleanup(client.close)
        text = client.request("GET", "/status", [("Accept", "text/plain")]).body.decode()
        row = r'^assay_requests_%stotal\{name="([a-z]*)",reason="([a-z_]+)"\} ([0-9]+)$'
        self.assertEqual(sorted(re.findall(row % "reported_", text, re.M)), sorted([
            ("issuer", "wrong_audience", "1"), ("policy", "insufficient_scope", "1"),
            ("both", "wrong_audience", "1"), ("both", "insufficient_scope", "1")]))
        self.assertEqual(sorted(re.findall(row % "", text, re.M)), sorted([
            ("issuer", "accepted", "1"), ("issuer", "wrong_audience", "1"), ("issuer", "expired", "1"),
            ("scoped", "accepted", "1"), ("scoped", "insufficient_scope", "1"),
            ("policy", "insufficient_scope", "1"), ("policy", "wrong_audience", "1"),
            ("both", "insufficient_scope", "1"), ("both", "wrong_audience", "1"), ("more", "insufficient_scope", "2")]))
        self.assertEqual(server.log().count("assay: reported only: "), 4)

    def elsewhere(self):
        place = harness.Place()
        self.addCleanup(place.remove)
        place.file("assay.json", self.place.read("assay.json"))
        return place

    def test_a_zone_has_a_size_that_serves(self):
        passed, said = harness.Nginx(self.elsewhere(), "assay_zone c 16k;", check=False).test()
        self.assertFalse(passed)
        self.assertIn("at least 64k", said)

    def test_a_zone_has_to_hold_its_names(self):
        many = "".join(f"location /{i} {{ assay on; assay_name n{i}; }}" for i in range(100))
        for size, passes in (("64k", False), ("1m", True)):
            said = harness.Nginx(self.elsewhere(), f"assay_config assay.json; assay_zone c {size}; server {{ listen @PORT@; {many} }}",
                                 check=False)
            self.assertEqual(said.test()[0], passes, size)


if __name__ == "__main__":
    harness.run_tests()
