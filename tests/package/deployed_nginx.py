#!/usr/bin/env python3
"""deployed_nginx.py ROOT: nginx in the Debian at ROOT, where the packages of nginx, the module and the command are
installed, does what README says, configured by README's own text. Runs in a network namespace of its own, so that the
ports can be those of the text."""
import fcntl
import http.client
import http.server
import json
import os
import re
import shutil
import socket
import struct
import subprocess
import sys
import threading
import time

ROOT = sys.argv[1]
ISSUER, AUDIENCE = "https://auth.example.com", "https://mcp.example.com/mcp"
CALL = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "read_file"}}).encode()


def inside(*command):
    environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"}
    done = subprocess.run(["chroot", ROOT, *command], env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}: status {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout.strip()


def write(path, text):
    with open(ROOT + path, "w", encoding="utf-8") as file:
        file.write(text)


def loopback_up():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        get_flags, set_flags, up = 0x8913, 0x8914, 1
        request = fcntl.ioctl(any_socket, get_flags, struct.pack("16sh22x", b"lo", 0))
        fcntl.ioctl(any_socket, set_flags, struct.pack("16sh22x", b"lo", struct.unpack("16xh22x", request)[0] | up))


class Backend(http.server.BaseHTTPRequestHandler):
    """What stands behind nginx: keeps the requests that it gets."""
    seen = []

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.seen.append((self.path, dict(self.headers), body))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = do_POST

    def log_message(self, *_):
        pass


def status_of(method, path, token, body=None):
    for _ in range(100):  # nginx listens when its master has forked
        try:
            connection = http.client.HTTPConnection("127.0.0.1", 8080, timeout=10)
            connection.request(method, path, body, {"Authorization": "Bearer " + token} if token else {})
            break
        except ConnectionRefusedError:
            time.sleep(0.1)
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    return answer.status, text


def main():
    loopback_up()
    with open(os.path.join(os.path.dirname(__file__), "../../README.md"), encoding="utf-8") as readme:
        example = re.search(r"<!-- nginx example.*?```nginx\n(.*?)\n```", readme.read(), re.S).group(1)
    inside("nginx", "-t")
    os.mkdir(ROOT + "/etc/assay")
    inside("assay", "keygen", "--alg", "ES256", "--out", "/etc/assay/issuer.jwk")
    issuer = {"issuer": ISSUER, "audiences": [AUDIENCE], "algorithms": ["ES256"], "keys": {"file": "/etc/assay/jwks.json"}}
    policy = {"resource": AUDIENCE, "authorization_servers": [ISSUER], "tools": {"read_file": {"scopes": ["files:read"]}}}
    write("/etc/assay/jwks.json", inside("assay", "jwks", "/etc/assay/issuer.jwk"))
    write("/etc/assay/assay.json", json.dumps({"version": 1, "issuers": [issuer]}))
    write("/etc/assay/mcp.json", json.dumps(policy))
    write("/etc/nginx/conf.d/mcp.conf", example)

    def token(scope, **other):
        claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": "alice", "client_id": "cli", "scope": scope, **other}
        return inside("assay", "mint", "--key", "/etc/assay/issuer.jwk", "--claims", json.dumps(claims))

    servers = [http.server.ThreadingHTTPServer(("127.0.0.1", port), Backend) for port in (3000, 3001)]
    for server in servers:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    good = token("files:read")
    wanted = [
        ("GET", "/.well-known/oauth-protected-resource/mcp", None, None, 200),
        ("POST", "/mcp", None, CALL, 401),
        ("POST", "/mcp", good, CALL, 200),
        ("POST", "/mcp", good[:-6] + "AAAAAA", CALL, 401),
        ("POST", "/mcp", token("files:read", aud="https://other.example.com"), CALL, 401),
        ("POST", "/mcp", token("files:write"), CALL, 403),
        ("GET", "/api/x", good, None, 403),
        ("GET", "/api/x", token("api:read"), None, 200),
    ]
    inside("nginx", "-t")
    inside("nginx")
    try:
        for method, path, bearer, body, status in wanted:
            got, text = status_of(method, path, bearer, body)
            if got != status:
                sys.exit(f"{method} {path}: {got}, wanted {status}\n{text.decode(errors='replace')}")
    finally:
        inside("nginx", "-s", "quit")
        for _ in range(100):
            if not os.path.exists(ROOT + "/run/nginx.pid"):
                break
            time.sleep(0.1)
    seen = [(path, {name.lower(): value for name, value in headers.items()}, body) for path, headers, body in Backend.seen]
    if [(path, body) for path, _, body in seen] != [("/mcp", CALL), ("/api/x", b"")]:
        sys.exit(f"the servers behind saw {seen}")
    if seen[1][1].get("x-user") != "alice" or any("authorization" in headers for _, headers, _ in seen):
        sys.exit(f"the servers behind saw {seen}")
    shutil.rmtree(ROOT + "/etc/assay")
    os.unlink(ROOT + "/etc/nginx/conf.d/mcp.conf")
    print(f"nginx judged {len(wanted)} requests as wanted")


main()
