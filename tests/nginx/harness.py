"""What the tests of the nginx module share: keys and tokens, nginx itself, and how they speak to it (wire.py).

Each test starts its own nginx, unprivileged, in a temporary folder, and ends it by its process id. `ASSAY_COMMAND` and
`ASSAY_NGINX_MODULE` say what is tested. Nothing is fetched from outside of this machine.
"""
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

from wire import Backend, Client, bearer

COMMAND = os.environ.get("ASSAY_COMMAND", "")
MODULE = os.environ.get("ASSAY_NGINX_MODULE", "")
BINARY = os.environ.get("ASSAY_NGINX_BINARY", "nginx")
ISSUER = "https://auth.example.com"
AUDIENCE = "https://mcp.example.com/mcp"
ALL_SKIPPED = 77


def run_tests():
    """Runs the tests of the main module; skips them, by name, where there is no module to test."""
    missing = os.environ.get("ASSAY_NGINX_MISSING", "")
    if missing:
        name = "nginx." + os.path.basename(sys.argv[0]).removesuffix(".py")
        print(f"[  SKIPPED ] {name} (0 ms)\n{missing}")
        sys.exit(ALL_SKIPPED)
    unittest.main(verbosity=1)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(condition, seconds=10, what="a condition"):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.01)
    raise AssertionError(f"waited in vain for {what}")


class Place:
    """A temporary folder, readable for workers of another user."""

    def __init__(self):
        self.path = tempfile.mkdtemp(prefix="assay-nginx-")
        os.chmod(self.path, 0o755)

    def file(self, name, text):
        path = os.path.join(self.path, name)
        with open(path + ".new", "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(path + ".new", 0o644)
        os.rename(path + ".new", path)
        return path

    def read(self, name):
        with open(os.path.join(self.path, name), encoding="utf-8", errors="replace") as file:
            return file.read()

    def remove(self):
        shutil.rmtree(self.path, ignore_errors=True)


class Key:
    """A signing key, and tokens of it."""

    def __init__(self, place, name, alg="ES256"):
        self.path = os.path.join(place.path, name + ".jwk")
        subprocess.run([COMMAND, "keygen", "--alg", alg, "--kid", name, "--out", self.path], check=True)
        self.jwk = json.loads(subprocess.run([COMMAND, "jwks", self.path], check=True, capture_output=True).stdout)["keys"][0]

    def mint(self, typ="at+jwt", ttl=600, **claims):
        whole = {"iss": ISSUER, "aud": AUDIENCE, "sub": "alice", "client_id": "client-1", "scope": "files:read", **claims}
        whole = {name: value for name, value in whole.items() if value is not None}
        life = [] if "exp" in claims else ["--ttl", str(ttl)]
        said = subprocess.run([COMMAND, "mint", "--key", self.path, "--typ", typ, *life, "--claims", json.dumps(whole)],
                              check=True, capture_output=True, text=True)
        return said.stdout.strip()


def forged(token):
    return token[:-8] + ("AAAAAAAA" if not token.endswith("AAAAAAAA") else "BBBBBBBB")


def bad_tokens(key, stranger):
    """One token of each kind that must be refused, by the reason that is given."""
    now = int(time.time())
    header = "eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0"
    return {
        "bad_signature": forged(key.mint()),
        "expired": key.mint(exp=now - 100, iat=now - 200),
        "not_yet_valid": key.mint(nbf=now + 500),
        "wrong_audience": key.mint(aud="https://other.example.com/"),
        "audience_missing": key.mint(aud=None),
        "issuer_unknown": key.mint(iss="https://evil.example.com"),
        "key_not_found": stranger.mint(),
        "algorithm_none": header + "." + key.mint().split(".")[1] + ".",
        "not_three_segments": "opaque-token",
    }


def configuration(keys, **more):
    return {"version": 1, "issuers": [{"issuer": ISSUER, "audiences": [AUDIENCE], "keys": {"inline": {"keys": [
        key.jwk for key in keys]}}, **more}]}


POLICY = {
    "resource": AUDIENCE, "authorization_servers": [ISSUER], "scopes_supported": ["files:read", "files:write"],
    "default_scopes": ["files:read"], "methods": {"tools/list": {"scopes": []}},
    "tools": {"read_file": {"scopes": ["files:read"]}, "write_file": {"scopes": ["files:write"]}},
}


class Nginx:
    """An nginx of its own. `http` is what stands in its http block; listens on `port` and, with HTTP/2, on `port2`."""

    def __init__(self, place, http, workers=1, main="", check=True, wrapper=()):
        self.place = place
        self.port, self.port2 = free_port(), free_port()
        self.workers, self.main, self.wrapper = workers, main, list(wrapper)
        self.write(http)
        if check:
            self.start()

    def write(self, http):
        paths = "".join(f"{kind}_temp_path {self.place.path}/{kind.replace('client_body', 'body')};\n"
                        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        self.config = self.place.file("nginx.conf", f"""load_module {MODULE};
daemon off; worker_processes {self.workers}; pid {self.place.path}/nginx.pid; error_log {self.place.path}/error.log info;
{self.main}
events {{ worker_connections 512; }}
http {{
{paths}
log_format test escape=json '{{"case":"$http_x_case","status":"$status","assay":"$assay_status","detail":"$assay_detail","sub":"$assay_sub","id":"$request_id","tool":"$assay_tool"}}';
access_log {self.place.path}/access.log test;
proxy_http_version 1.1;
client_body_buffer_size 1m;
client_max_body_size 8m;
{http.replace("@PORT@", f"127.0.0.1:{self.port}").replace("@PORT2@", f"127.0.0.1:{self.port2}")}
}}
""")

    def command(self, *options):
        return self.wrapper + [BINARY, "-p", self.place.path, "-c", self.config, *options]

    def test(self):
        """nginx -t: whether it passes, and what it says."""
        done = subprocess.run(self.command("-t"), capture_output=True, text=True, timeout=60)
        return done.returncode == 0, done.stderr

    def start(self, seconds=15):
        self.output = open(os.path.join(self.place.path, "output"), "w+", encoding="utf-8")
        self.process = subprocess.Popen(self.command(), stdout=self.output, stderr=self.output)
        wait_for(self._is_up, seconds, "nginx to listen")

    def _is_up(self):
        if self.process.poll() is not None:
            self.output.seek(0)
            raise AssertionError(f"nginx ended with {self.process.returncode}: {self.output.read()} {self.log()}")
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            return True
        except OSError:
            return False

    def worker_pids(self):
        with open(f"/proc/{self.process.pid}/task/{self.process.pid}/children", encoding="ascii") as children:
            return [int(pid) for pid in children.read().split()]

    def log(self):
        try:
            return self.place.read("error.log")
        except OSError:
            return ""

    def logged(self, case):
        """The line of the access log for a request that had `X-Case: case`."""

        def find():
            for line in reversed(self.place.read("access.log").splitlines()):
                if f'"case":"{case}"' in line:
                    return json.loads(line)
            return None

        return wait_for(find, 5, f"the log line of {case}")

    def send(self, number):
        self.process.send_signal(number)

    def reload(self):
        before = set(self.worker_pids())
        self.send(signal.SIGHUP)
        wait_for(lambda: set(self.worker_pids()) - before, 20, "new workers")

    def stop(self, number=signal.SIGTERM, seconds=20):
        """Ends it, and fails where a worker has crashed or nginx complained."""
        if self.process.poll() is None:
            self.process.send_signal(number)
            try:
                self.process.wait(seconds)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                raise AssertionError("nginx did not end: " + self.log()[-2000:]) from None
        self.output.close()
        # A worker that a test has killed itself is nobody's fault.
        bad = [line for line in self.log().splitlines()
               if re.search(r"\[(alert|crit|emerg)\]", line) and not line.endswith("exited on signal 9")]
        assert not bad, "nginx complained: " + "\n".join(bad[:10])


class NginxTest(unittest.TestCase):
    """A test with a place and keys. What it starts by nginx() and backend() is ended with it, what its class starts by
    start_nginx() and start_backend() with the class; what a backend of the class has seen is forgotten before each."""

    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.place = Place()
        cls.addClassCleanup(cls.place.remove)
        cls.key, cls.stranger = Key(cls.place, "k1"), Key(cls.place, "k9")
        cls.good = cls.key.mint()
        cls.bad = bad_tokens(cls.key, cls.stranger)
        cls.place.file("assay.json", json.dumps(configuration([cls.key])))
        cls.place.file("mcp.json", json.dumps(POLICY))
        cls.backends = []

    def setUp(self):
        for backend in self.backends:
            backend.take()

    @classmethod
    def start_nginx(cls, http, **more):
        nginx = Nginx(cls.place, http, **more)
        cls.addClassCleanup(nginx.stop)
        return nginx

    @classmethod
    def start_backend(cls, answer=None):
        backend = Backend(answer)
        cls.addClassCleanup(backend.close)
        cls.backends.append(backend)
        return backend

    def nginx(self, http, **more):
        nginx = Nginx(self.place, http, **more)
        if more.get("check", True):
            self.addCleanup(nginx.stop)
        return nginx

    def backend(self, answer=None):
        backend = Backend(answer)
        self.addCleanup(backend.close)
        return backend

    def client(self, nginx):
        client = Client(nginx.port)
        self.addCleanup(client.close)
        return client


class OneServerTest(NginxTest):
    """A test whose class starts `server`: each has `one` connection to it."""

    def setUp(self):
        super().setUp()
        self.one = self.client(self.server)

    def get(self, target, token=None, more=(), method="GET"):
        return self.one.request(method, target, bearer(token) + list(more))
