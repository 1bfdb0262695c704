#!/usr/bin/env python3
"""Reloads under load while keys rotate, workers that are killed, a quick end. ASSAY_NGINX_RELOADS: how many reloads (6)."""
import json
import os
import random
import signal
import threading
import time

import harness
import wire

RELOADS = int(os.environ.get("ASSAY_NGINX_RELOADS", "6"))


class Load(threading.Thread):
    """Sends good and bad tokens, and keeps what was wrong."""

    def __init__(self, port, good, bad):
        super().__init__(daemon=True)
        self.port, self.good, self.bad = port, good, bad
        self.ended, self.wrong, self.sent, self.refused, self.cut = False, [], 0, 0, 0

    def run(self):
        client = wire.Client(self.port)
        while not self.ended:
            reason, token = random.choice(self.bad) if random.random() < 0.4 else ("good", self.good())
            try:
                status = client.request(random.choice(("GET", "POST")), "/", wire.bearer(token), b"x" * 100).status
            except (OSError, ValueError, IndexError):
                self.cut += 1
                client.close()
                continue
            self.sent += 1
            self.refused += status == 401
            if status != (200 if reason == "good" else 401):
                self.wrong.append((reason, status))
        client.close()


def resident(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))


class LifecycleTest(harness.NginxTest):
    starts = 0

    def start(self, workers=2):
        type(self).starts += 1
        self.keys = [harness.Key(self.place, f"r{i}-{self.starts}") for i in range(4)]
        self.tokens = [key.mint() for key in self.keys]
        self.now = 0
        self.publish()
        self.back = self.backend()
        server = self.nginx(f"""assay_config rotating.json; assay_zone z 128k; keepalive_requests 20;
            server {{ listen @PORT@; location / {{ assay on; assay_close_at_expiry on; proxy_pass http://127.0.0.1:{self.back.port};
            proxy_set_header X-Sub $assay_sub; }} }}""", workers=workers)
        self.loads = [Load(server.port, lambda: self.tokens[self.now % 4], list(self.bad.items())) for _ in range(4)]
        for load in self.loads:
            load.start()
        return server

    def publish(self):
        # The next key is there before tokens of it are.
        keys = [self.keys[self.now % 4], self.keys[(self.now + 1) % 4]]
        self.place.file("rotating.json", json.dumps(harness.configuration(keys)))

    def end(self, most_cut=0):
        for load in self.loads:
            load.ended = True
        for load in self.loads:
            load.join(10)
        self.assertEqual([load.wrong[:5] for load in self.loads if load.wrong], [])
        sent, refused, cut = (sum(getattr(load, name) for load in self.loads) for name in ("sent", "refused", "cut"))
        self.assertGreater(sent, 100)
        self.assertGreater(refused, sent / 5)
        self.assertLessEqual(cut, most_cut)
        print(f"{sent} requests, {refused} refused, {cut} cut")

    def test_reloads_under_load_while_keys_rotate(self):
        server = self.start()
        sizes = []
        for _ in range(RELOADS):
            self.publish()
            server.reload()
            harness.wait_for(lambda: len(server.worker_pids()) == 2, 60, "old workers to end")
            self.now += 1  # not before: the old workers do not know this key
            time.sleep(0.3)
            sizes.append(resident(server.process.pid))
        self.end()
        half = len(sizes) // 2
        self.assertLess(max(sizes[half:]), max(sizes[:half]) * 1.1 + 4096, sizes)

    def test_workers_that_are_killed(self):
        server = self.start()
        for _ in range(4):
            time.sleep(0.3)
            pid = random.choice(server.worker_pids())
            os.kill(pid, signal.SIGKILL)
            harness.wait_for(lambda: len(set(server.worker_pids()) - {pid}) == 2, 20, "another worker")
        time.sleep(0.3)
        self.end(most_cut=100)

    def test_ends_under_load(self):
        for number in (signal.SIGQUIT, signal.SIGTERM):
            server = self.start(workers=1)
            time.sleep(0.5)
            server.send(number)
            for load in self.loads:
                load.ended = True
            server.process.wait(30)
            self.assertEqual([load.wrong for load in self.loads if load.wrong], [])


if __name__ == "__main__":
    harness.run_tests()
