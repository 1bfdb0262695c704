"""What the tests of the nginx module share: keys and tokens, nginx, a backend that records, raw HTTP clients.

Each test starts its own nginx, unprivileged, in a temporary folder, and ends it by its process id. `ASSAY_COMMAND` and
`ASSAY_NGINX_MODULE` say what is tested. Nothing is fetched from outside of this machine.
"""
import json
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import unittest

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


class Request:
    """What a backend has received."""

    def __init__(self, method, target, headers, body):
        self.method, self.target, self.headers, self.body = method, target, headers, body

    def all(self, name):
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def one(self, name):
        found = self.all(name)
        assert len(found) <= 1, f"{name} came {len(found)} times: {found}"
        return found[0] if found else None


class Backend:
    """An HTTP/1.1 server that records what it gets. `answer(request)` gives (status, headers, body), or a generator of
    bytes, which is sent as it comes; else it says "backend"."""

    def __init__(self, answer=None):
        self.answer = answer
        self.requests = []
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port = self.listener.getsockname()[1]
        self.closed = False
        threading.Thread(target=self._accept, daemon=True).start()

    def take(self):
        """What has come since the last call."""
        taken, self.requests = self.requests, []
        return taken

    def close(self):
        self.closed = True
        self.listener.close()

    def _accept(self):
        while not self.closed:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            reader = connection.makefile("rb")
            try:
                while self._one(connection, reader):
                    pass
            except (OSError, ValueError):
                pass

    def _one(self, connection, reader):
        line = reader.readline().decode("latin-1").split()
        if len(line) != 3:
            return False
        headers = []
        while (field := reader.readline().rstrip(b"\r\n")):
            name, _, value = field.decode("latin-1").partition(":")
            headers.append((name, value.strip()))
        request = Request(line[0], line[1], headers, b"")
        length = request.all("content-length")
        if "chunked" in ",".join(request.all("transfer-encoding")).lower():
            request.body = read_chunks(reader)
        elif length:
            request.body = reader.read(int(length[0]))
        self.requests.append(request)
        status, fields, body = 200, [], b"backend"
        if request.all("upgrade"):
            connection.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\n")
            while (data := connection.recv(4096)):
                connection.sendall(data)
            return False
        answered = self.answer(request) if self.answer else None
        if answered is not None:
            if not isinstance(answered, tuple):
                for part in answered:
                    connection.sendall(part)
                return False
            status, fields, body = answered
        head = f"HTTP/1.1 {status} X\r\n" + "".join(f"{name}: {value}\r\n" for name, value in fields)
        connection.sendall((head + f"Content-Length: {len(body)}\r\n\r\n").encode() + (b"" if request.method == "HEAD" else body))
        return (request.one("connection") or "").lower() != "close"


def read_chunks(reader):
    body = b""
    while True:
        size = int(reader.readline().split(b";")[0], 16)
        if size == 0:
            while reader.readline().rstrip(b"\r\n"):
                pass
            return body
        body += reader.read(size)
        reader.readline()


class Response:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def all(self, name):
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def one(self, name):
        found = self.all(name)
        assert len(found) <= 1, f"{name} came {len(found)} times: {found}"
        return found[0] if found else None

    def json(self):
        return json.loads(self.body)


def read_response(reader, method="GET"):
    status = reader.readline().decode("latin-1").split()
    if len(status) < 2:
        raise ConnectionError("no response")
    headers = []
    while (field := reader.readline().rstrip(b"\r\n")):
        name, _, value = field.decode("latin-1").partition(":")
        headers.append((name, value.strip()))
    response = Response(int(status[1]), headers, b"")
    if method == "HEAD" or response.status in (101, 204, 304):
        return response
    if "chunked" in response.all("transfer-encoding"):
        response.body = read_chunks(reader)
    elif response.all("content-length"):
        response.body = reader.read(int(response.one("content-length")))
    else:
        response.body = reader.read()
    return response


class Client:
    """One HTTP/1.1 connection."""

    def __init__(self, port, timeout=10):
        self.port, self.timeout, self.socket = port, timeout, None

    def open(self):
        self.close()
        self.socket = socket.create_connection(("127.0.0.1", self.port), timeout=self.timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.reader = self.socket.makefile("rb")

    def close(self):
        if self.socket is not None:
            self.reader.close()
            self.socket.close()
            self.socket = None

    def send(self, method, target, headers=(), body=None, chunked=False):
        fields = list(headers)
        if not any(name.lower() == "host" for name, _ in fields):
            fields.insert(0, ("Host", "gate.example.com"))
        if chunked:
            fields.append(("Transfer-Encoding", "chunked"))
            body = b"".join(b"%x\r\n%s\r\n" % (len(body[i:i + 65536]), body[i:i + 65536])
                            for i in range(0, len(body), 65536)) + b"0\r\n\r\n"
        elif body is not None:
            fields.append(("Content-Length", str(len(body))))
        head = f"{method} {target} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in fields) + "\r\n"
        try:
            self.socket.sendall(head.encode("latin-1") + (body or b""))
        except (BrokenPipeError, ConnectionResetError):
            pass  # refused before the whole body was sent: the answer is there

    def request(self, method, target, headers=(), body=None, chunked=False):
        for attempt in (0, 1):
            fresh = self.socket is None
            if fresh:
                self.open()
            try:
                self.send(method, target, headers, body, chunked)
                response = read_response(self.reader, method)
                break
            except ConnectionError:
                self.close()
                if fresh or attempt == 1:
                    raise
        if (response.one("connection") or "").lower() == "close" or response.status == 101:
            if response.status != 101:
                self.close()
        return response


def bearer(token):
    return [("Authorization", "Bearer " + token)] if token else []


class Http2:
    """One HTTP/2 connection with prior knowledge: enough of RFC 9113 for requests one by one. Of the answer's headers only
    :status is read: nginx sends it first."""

    STATUS = {0x88: 200, 0x89: 204, 0x8A: 206, 0x8B: 304, 0x8C: 400, 0x8D: 404, 0x8E: 500}

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self.reader = self.socket.makefile("rb")
        self.socket.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + self._frame(4, 0, 0, struct.pack(">HI", 4, 0x7FFFFFF)))
        self.stream, self.window, self.initial, self.most = -1, 65535, 65535, 16384

    def close(self):
        self.reader.close()
        self.socket.close()

    @staticmethod
    def _frame(kind, flags, stream, payload=b""):
        return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload

    @staticmethod
    def _text(text):
        data = text.encode("latin-1")
        if len(data) < 127:
            return bytes([len(data)]) + data
        rest, out = len(data) - 127, [127]
        while rest >= 128:
            out.append(rest % 128 + 128)
            rest //= 128
        return bytes(out + [rest]) + data

    def _read(self):
        head = self.reader.read(9)
        if len(head) < 9:
            raise ConnectionError("the connection was closed")
        size = int.from_bytes(head[:3], "big")
        return head[3], head[4], int.from_bytes(head[5:], "big"), self.reader.read(size)

    def request(self, method, target, headers=(), body=None, chunked=False):
        self.stream += 2
        fields = [(":method", method), (":scheme", "http"), (":path", target), (":authority", "gate.example.com")]
        fields += [(name.lower(), value) for name, value in headers]
        if body is not None and not chunked:
            fields.append(("content-length", str(len(body))))
        block = b"".join(b"\x00" + self._text(name) + self._text(value) for name, value in fields)
        sent = self._frame(1, 4 | (0 if body else 1), self.stream, block[:self.most])
        self.socket.sendall(sent)
        pending, status, got, window = memoryview(body or b""), 0, b"", self.initial
        while True:
            while pending and min(window, self.window) > 0:
                part = pending[:min(window, self.window, self.most)]
                pending = pending[len(part):]
                window, self.window = window - len(part), self.window - len(part)
                try:
                    self.socket.sendall(self._frame(0, 0 if pending else 1, self.stream, bytes(part)))
                except (BrokenPipeError, ConnectionResetError):
                    pending = memoryview(b"")
            kind, flags, stream, payload = self._read()
            if kind == 4 and not flags & 1:
                for i in range(0, len(payload), 6):
                    name, value = struct.unpack(">HI", payload[i:i + 6])
                    if name == 4:
                        window, self.initial = window + value - self.initial, value
                self.socket.sendall(self._frame(4, 1, 0))
            elif kind == 6 and not flags & 1:
                self.socket.sendall(self._frame(6, 1, 0, payload))
            elif kind == 7:
                raise ConnectionError("GOAWAY")
            elif kind == 8:
                more = int.from_bytes(payload, "big")
                if stream == 0:
                    self.window += more
                elif stream == self.stream:
                    window += more
            elif stream != self.stream:
                continue
            elif kind == 3:
                if status and int.from_bytes(payload, "big") == 0:
                    return Response(status, [], got)  # the rest of the body is not wanted
                return Response(-1, [], got)  # reset
            elif kind == 1 and not status:
                while payload[0] & 0xE0 == 0x20:
                    payload = payload[1:]
                status = self.STATUS.get(payload[0]) or int(payload[2:5])
            elif kind == 0:
                got += payload
                if payload:
                    self.socket.sendall(self._frame(8, 0, 0, struct.pack(">I", len(payload))))
            if kind in (0, 1) and stream == self.stream and flags & 1:
                return Response(status, [], got)


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
    """A test with a place and keys; what it starts by self.nginx() and self.backend() is ended."""

    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.place = Place()
        cls.key, cls.stranger = Key(cls.place, "k1"), Key(cls.place, "k9")
        cls.good = cls.key.mint()
        cls.bad = bad_tokens(cls.key, cls.stranger)
        cls.place.file("assay.json", json.dumps(configuration([cls.key])))
        cls.place.file("mcp.json", json.dumps(POLICY))
        cls.ended = []

    @classmethod
    def tearDownClass(cls):
        cls.place.remove()

    @classmethod
    def start_nginx(cls, http, **more):
        return Nginx(cls.place, http, **more)

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
