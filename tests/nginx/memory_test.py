#!/usr/bin/env python3
"""nginx under valgrind through reloads: no process uses memory that is not its own, and none loses any."""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

import harness
import keys_test
import wire

VALGRIND = shutil.which("valgrind")
OBJCOPY = shutil.which("objcopy")


class MemoryTest(harness.NginxTest):
    def start(self, http):
        """nginx under valgrind."""
        # Not every valgrind reads the debugging data of every compiler.
        self.module = os.path.join(self.place.path, "module.so")
        if harness.MODULE != self.module:
            subprocess.run([OBJCOPY, "--strip-debug", harness.MODULE, self.module], check=True)
            harness.MODULE = self.module
        self.logs = tempfile.mkdtemp(dir=self.place.path)
        os.chmod(self.logs, 0o777)
        server = harness.Nginx(self.place, http, check=False, wrapper=[
            VALGRIND, "--leak-check=full", "--errors-for-leak-kinds=none", "--child-silent-after-fork=no", f"--log-file={self.logs}/%p"])
        server.start(seconds=120)
        self.addCleanup(server.stop)
        return server

    def end(self, server):
        """Ends it, and gives how many processes there were, none of which did wrong."""
        server.stop(seconds=60)
        said = {}
        for name in os.listdir(self.logs):
            with open(os.path.join(self.logs, name), encoding="utf-8", errors="replace") as log:
                said[name] = log.read()
        for name, text in said.items():
            self.assertRegex(text, r"ERROR SUMMARY: 0 errors", text)
            # nginx's own workers lose a few bytes at their end.
            lost = [block for block in re.split(r"==\d+== \n", text) if " definitely lost in " in block]
            self.assertEqual([block for block in lost if os.path.basename(self.module) in block], [], text)
            if name == str(server.process.pid):
                self.assertEqual(lost, [], text)
        print(f"{len(said)} processes under valgrind: no errors, nothing lost")
        return len(said)

    def test_nothing_is_lost_through_five_reloads(self):
        back = self.backend()
        self.place.file("list.json", json.dumps({**harness.POLICY, "filter_tools_list": True}))
        server = self.start(f"""assay_config assay.json; assay_zone z 128k;
            server {{ listen @PORT@; assay_metadata mcp.json;
            location / {{ assay on; proxy_set_header X-Sub $assay_sub; proxy_pass http://127.0.0.1:{back.port}; }}
            location = /mcp {{ assay on; assay_mcp mcp.json; proxy_pass http://127.0.0.1:{back.port}; }}
            location = /list {{ assay on; assay_mcp list.json; mirror /copy; proxy_pass http://127.0.0.1:{back.port}; }}
            location = /copy {{ internal; assay on; assay_token $http_x_device; proxy_pass http://127.0.0.1:{back.port}; }}
            location = /status {{ assay_status; }} }}""")
        call = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "read_file"}}).encode()
        listing = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/list"}).encode()
        for turn in range(6):
            if turn > 0:
                server.reload()
            client = wire.Client(server.port)
            for token, status in ((self.good, 200), (None, 401), *((token, 401) for token in self.bad.values())):
                self.assertEqual(client.request("GET", "/", wire.bearer(token)).status, status)
                self.assertEqual(client.request("POST", "/mcp", wire.bearer(token), call).status, status)
            for device in (self.good, self.bad["expired"], self.key.mint(scope="files:write")):
                headers = wire.bearer(self.good) + [("X-Device", device)] + [(f"X-Fill-{i}", str(i)) for i in range(20)]
                self.assertIn(b"could not be read", client.request("POST", "/list", headers, listing).body)
            for path in ("/status", "/.well-known/oauth-protected-resource/mcp"):
                self.assertEqual(client.request("GET", path).status, 200)
            client.close()
            harness.wait_for(lambda: len(server.worker_pids()) == 1, 60, "the old worker to end")
        self.assertGreater(self.end(server), 6)  # the master, and a worker each time

    def test_clients_that_go_while_their_tokens_wait(self):
        issuer = keys_test.Issuer()
        self.addCleanup(issuer.server.close)
        issuer.keys = [self.key]
        config = harness.configuration([])
        config["issuers"][0]["keys"] = {"url": f"http://127.0.0.1:{issuer.server.port}/jwks", "plain_http_is_dangerous": True,
                                        "private_addresses": True}
        config["issuers"][0]["refresh"] = {"cooldown_seconds": 1}
        self.place.file("remote.json", json.dumps(config))
        server = self.start("assay_config remote.json; assay_wait_for_keys 1s; server { listen @PORT@; location / { assay on; empty_gif; } }")
        client = self.client(server)
        harness.wait_for(lambda: client.request("GET", "/", wire.bearer(self.key.mint())).status == 200, 30, "the first keys")
        time.sleep(1.5)  # the cooldown
        issuer.delay, before = 0.8, len(issuer.server.requests)
        waiting = [wire.Client(server.port) for _ in range(8)]
        for each in waiting:
            each.open()
            each.send("GET", "/", wire.bearer(self.stranger.mint(iat=int(time.time()))))
        harness.wait_for(lambda: len(issuer.server.requests) > before, 5, "a fetch for them")
        for each in waiting[:6]:
            each.close()
        for each in waiting[6:]:
            self.assertIn(wire.read_response(each.reader).status, (401, 503))
            each.close()
        self.assertEqual(client.request("GET", "/", wire.bearer(self.key.mint())).status, 200)
        # On a slow machine some of the six have their answer before nginx sees them go.
        self.assertIn(server.log().count("client prematurely closed connection"), range(1, 7))
        self.assertEqual(self.end(server), 2)


if __name__ == "__main__":
    for program, path in (("valgrind", VALGRIND), ("objcopy", OBJCOPY)):
        if path is None:
            os.environ["ASSAY_NGINX_MISSING"] = os.environ.get("ASSAY_NGINX_MISSING") or f"there is no {program}"
    harness.run_tests()
