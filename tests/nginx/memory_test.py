#!/usr/bin/env python3
"""nginx under valgrind through reloads: no process uses memory that is not its own, and none loses any."""
import json
import os
import re
import shutil
import subprocess
import sys

import harness
import wire

VALGRIND = shutil.which("valgrind")
OBJCOPY = shutil.which("objcopy")


class MemoryTest(harness.NginxTest):
    def test_nothing_is_lost_through_five_reloads(self):
        # Not every valgrind reads the debugging data of every compiler.
        module = os.path.join(self.place.path, "module.so")
        subprocess.run([OBJCOPY, "--strip-debug", harness.MODULE, module], check=True)
        harness.MODULE = module
        back = self.backend()
        logs = os.path.join(self.place.path, "valgrind")
        os.mkdir(logs)
        os.chmod(logs, 0o777)
        server = harness.Nginx(
            self.place, f"""assay_config assay.json; assay_zone z 128k;
                server {{ listen @PORT@; assay_metadata mcp.json;
                location / {{ assay on; proxy_set_header X-Sub $assay_sub; proxy_pass http://127.0.0.1:{back.port}; }}
                location = /mcp {{ assay on; assay_mcp mcp.json; proxy_pass http://127.0.0.1:{back.port}; }}
                location = /status {{ assay_status; }} }}""",
            wrapper=[VALGRIND, "--leak-check=full", "--errors-for-leak-kinds=none", "--child-silent-after-fork=no", f"--log-file={logs}/%p"], check=False)
        server.start(seconds=120)
        self.addCleanup(server.stop)
        call = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "read_file"}}).encode()
        for turn in range(6):
            if turn > 0:
                server.reload()
            client = wire.Client(server.port)
            for token, status in ((self.good, 200), (None, 401), *((token, 401) for token in self.bad.values())):
                self.assertEqual(client.request("GET", "/", wire.bearer(token)).status, status)
                self.assertEqual(client.request("POST", "/mcp", wire.bearer(token), call).status, status)
            for path in ("/status", "/.well-known/oauth-protected-resource/mcp"):
                self.assertEqual(client.request("GET", path).status, 200)
            client.close()
            harness.wait_for(lambda: len(server.worker_pids()) == 1, 60, "the old worker to end")
        server.stop(seconds=60)
        said = {}
        for name in os.listdir(logs):
            with open(os.path.join(logs, name), encoding="utf-8", errors="replace") as log:
                said[name] = log.read()
        self.assertGreater(len(said), 6)  # the master, and a worker each time
        for name, text in said.items():
            self.assertRegex(text, r"ERROR SUMMARY: 0 errors", text)
            # nginx's own workers lose a few bytes at their end.
            lost = [block for block in re.split(r"==\d+== \n", text) if " definitely lost in " in block]
            self.assertEqual([block for block in lost if os.path.basename(module) in block], [], text)
            if name == str(server.process.pid):
                self.assertEqual(lost, [], text)
        print(f"{len(said)} processes under valgrind: no errors, nothing lost")


if __name__ == "__main__":
    for program, path in (("valgrind", VALGRIND), ("objcopy", OBJCOPY)):
        if path is None:
            os.environ["ASSAY_NGINX_MISSING"] = os.environ.get("ASSAY_NGINX_MISSING") or f"there is no {program}"
    harness.run_tests()
