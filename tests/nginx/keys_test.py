#!/usr/bin/env python3
"""Keys from an issuer: fetched, rotated, awaited, absent."""
import json
import os
import pwd
import signal
import sys
import tempfile
import time

import harness
import wire


class Issuer:
    """Serves a JWK Set by plain HTTP; `delay` seconds late."""

    def __init__(self):
        self.keys, self.delay, self.down = [], 0, False
        self.server = wire.Backend(self.answer)

    def answer(self, _request):
        time.sleep(self.delay)
        if self.down:
            return 500, [], b""
        return 200, [("Content-Type", "application/json")], json.dumps({"keys": [key.jwk for key in self.keys]}).encode()


class KeysTest(harness.NginxTest):
    def start(self, keys, wait="900ms", down=False, **more):
        self.issuer = Issuer()
        self.addCleanup(self.issuer.server.close)
        self.issuer.keys, self.issuer.down = keys, down
        config = harness.configuration([])
        config["issuers"][0]["keys"] = {"url": f"http://127.0.0.1:{self.issuer.server.port}/jwks", "plain_http_is_dangerous": True,
                                        "private_addresses": True}
        config["issuers"][0]["refresh"] = {"cooldown_seconds": 1}
        self.place.file("remote.json", json.dumps(config))
        self.back = self.backend()
        server = self.nginx(f"""assay_config remote.json; assay_wait_for_keys {wait};
            server {{ listen @PORT@;
                location / {{ assay on; proxy_pass http://127.0.0.1:{self.back.port}; }}
                location /followed {{ assay on; post_action /after; proxy_pass http://127.0.0.1:{self.back.port}; }}
                location /after {{ proxy_pass http://127.0.0.1:{self.back.port}; }} }}""", **more)
        return server

    def get(self, server, token):
        client = wire.Client(server.port)
        try:
            response = client.request("GET", "/", wire.bearer(token))
            self.assertEqual(len(self.back.take()), response.status == 200)
            return response
        finally:
            client.close()

    def test_a_token_that_is_ahead_of_its_key_waits_for_it(self):
        second = harness.Key(self.place, "k2")
        server = self.start([self.key])
        harness.wait_for(lambda: self.get(server, self.key.mint()).status == 200, 10, "the first keys")
        time.sleep(1.2)  # the cooldown
        self.issuer.keys = [self.key, second]
        before = len(self.issuer.server.requests)
        self.assertEqual(self.get(server, second.mint()).status, 200)
        self.assertGreater(len(self.issuer.server.requests), before)
        for token in self.bad.values():
            self.assertIn(self.get(server, token).status, (401, 503))
        time.sleep(1.2)
        started = time.monotonic()
        self.assertIn(self.get(server, self.stranger.mint()).status, (401, 503))
        self.assertLess(time.monotonic() - started, 3)
        # One whose client goes away while it waits is dropped, and the others go on.
        time.sleep(1.2)
        self.issuer.delay = 0.5
        gone = []
        for _ in range(8):
            client = wire.Client(server.port)
            client.open()
            client.send("GET", "/", wire.bearer(self.stranger.mint(iat=int(time.time()))))
            gone.append(client)
        for client in gone:
            client.close()
        self.assertEqual(self.get(server, self.key.mint()).status, 200)
        time.sleep(1.5)
        self.assertEqual(self.get(server, self.key.mint()).status, 200)
        self.assertEqual(len(server.worker_pids()), 1)

    def test_a_verdict_that_comes_when_the_client_has_gone_starts_nothing_again(self):
        server = self.start([self.key])
        harness.wait_for(lambda: self.get(server, self.key.mint()).status == 200, 10, "the first keys")
        time.sleep(1.2)  # the cooldown
        self.issuer.delay, before = 0.6, len(self.issuer.server.requests)
        self.back.answer = lambda request: time.sleep(1)
        client = wire.Client(server.port)
        client.open()
        client.send("GET", "/followed", wire.bearer(self.stranger.mint(iat=int(time.time()))))
        harness.wait_for(lambda: len(self.issuer.server.requests) > before, 5, "keys to be asked for")
        client.close()
        time.sleep(1.5)
        self.assertEqual([request.target for request in self.back.take()], ["/after"])

    def test_without_keys_nothing_passes(self):
        server = self.start([self.key], down=True)
        time.sleep(0.5)
        response = self.get(server, self.key.mint())
        self.assertEqual((response.status, response.one("retry-after")), (503, "5"))
        self.assertEqual(self.get(server, self.bad["issuer_unknown"]).status, 401)

    def test_quit_with_tokens_that_wait(self):
        second = harness.Key(self.place, "k3")
        server = self.start([self.key])
        harness.wait_for(lambda: self.get(server, self.key.mint()).status == 200, 10, "the first keys")
        time.sleep(1.2)
        self.issuer.delay, self.issuer.keys = 0.4, [self.key, second]
        waiting = []
        for token in (second.mint(), self.stranger.mint(), second.mint()):
            client = wire.Client(server.port)
            client.open()
            client.send("GET", "/", wire.bearer(token))
            waiting.append(client)
        time.sleep(0.1)
        server.send(signal.SIGQUIT)
        statuses = [wire.read_response(client.reader).status for client in waiting]
        self.assertEqual((statuses[0], statuses[2]), (200, 200))
        self.assertIn(statuses[1], (401, 503))
        server.process.wait(15)
        for client in waiting:
            client.close()

    def start_sharing(self, workers):
        """Workers that share a key folder, each of which has the first keys."""
        folder = tempfile.mkdtemp(dir=self.place.path)
        main = ""
        if os.getuid() == 0:
            user = pwd.getpwnam("nobody")
            os.chown(folder, user.pw_uid, user.pw_gid)
            main = "user nobody nogroup;"
        self.issuer = Issuer()
        self.addCleanup(self.issuer.server.close)
        self.issuer.keys = [self.key]
        config = harness.configuration([])
        config["issuers"][0]["keys"] = {"url": f"http://127.0.0.1:{self.issuer.server.port}/jwks", "plain_http_is_dangerous": True,
                                        "private_addresses": True}
        config["issuers"][0]["refresh"] = {"cooldown_seconds": 1}
        self.place.file("folder.json", json.dumps(config))
        self.back = self.backend()
        server = self.nginx(f"""assay_config folder.json; assay_key_folder {folder}; assay_wait_for_keys 1s;
            server {{ listen @PORT@ reuseport; add_header X-Worker $pid;
                location / {{ assay on; proxy_pass http://127.0.0.1:{self.back.port}; }} }}""",
                            workers=workers, main=main)
        for _ in range(20):
            harness.wait_for(lambda: self.get(server, self.key.mint()).status == 200, 10, "keys")
        return server, folder

    def test_workers_share_a_folder(self):
        server, folder = self.start_sharing(4)
        for token in self.bad.values():
            self.assertEqual(self.get(server, token).status, 401)
        self.assertTrue(os.listdir(folder))
        self.assertEqual(len(self.issuer.server.requests), 1, "one of the workers fetches")

    def test_the_first_token_after_a_rotation_passes_whichever_worker_gets_it(self):
        server, _ = self.start_sharing(2)
        clients = {}
        while len(clients) < 2:
            client = wire.Client(server.port)
            client.open()
            self.addCleanup(client.close)
            response = client.request("GET", "/", wire.bearer(self.key.mint()))
            clients.setdefault(response.one("x-worker"), client)
        for rotation, client in enumerate([*clients.values(), *clients.values()], 1):
            time.sleep(1.5)  # the cooldown; and tokens are newer than the keys, which is told in seconds
            key = harness.Key(self.place, f"r{rotation}")
            self.issuer.keys, self.issuer.delay = [self.key, key], 0.05
            self.assertIn(client.request("GET", "/", wire.bearer(self.bad["expired"])).status, (401, 503))
            token = wire.bearer(key.mint())
            started = time.monotonic()
            first = client.request("GET", "/", token).status
            print(f"the first token: {first} after {(time.monotonic() - started) * 1000:.0f} ms", file=sys.stderr)
            self.assertEqual(first, 200)
            for other in clients.values():
                self.assertEqual(other.request("GET", "/", token).status, 200)
            self.assertEqual(len(self.issuer.server.requests), 1 + rotation, "one fetch for both")
        time.sleep(1.5)
        self.assertEqual(len(self.issuer.server.requests), 1 + rotation, "and no other later")
        self.back.take()
        for client in clients.values():
            self.assertIn(client.request("GET", "/", wire.bearer(self.stranger.mint())).status, (401, 503))
        self.assertEqual(self.back.take(), [])


if __name__ == "__main__":
    harness.run_tests()
