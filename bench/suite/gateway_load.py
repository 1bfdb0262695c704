"""What a request costs in nginx with the module, beside the same nginx without it and what people use today.

Each server has one process that answers, on a core of its own where there are two, and answers something small from
memory; wrk keeps 64 connections busy from another core, every request with the next of many distinct tokens. Servers
take turns in slices of a second. Processor time is the serving process's own, by the kernel's count; wrk counts the
answers, and one that is not as wanted ends the run (those of other projects' servers are counted). Latency at half load is
h2load's: each connection sends at a fixed rate, but not before its last request is answered; all of them go through the same
tokens, which stand in the URI here.
"""
import http.client
import json
import os
import re
import shutil
import socket
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

ALGS = ["ES256", "RS256"]
CONNECTIONS = 64
BEGIN_MS = 3  # from one of h2load's connections to the next
CACHED_TOKENS = 1024  # of whose verdicts all fit into the cache
PROGRAMS = {"wrk": "wrk", "h2load": "nghttp2-client", "nginx": "nginx", "taskset": "util-linux"}
NAMES = {
    "bare": "nginx, no token looked at", "module": "nginx with ngx_http_assay_module", "cached": "the same, verdict cache on",
    "njs": "nginx, njs by auth_request", "haproxy": "HAProxy, jwt_verify (the signature alone)", "apache": "Apache, mod_oauth2",
}
# What is measured beside, where it is installed, and what brings it.
WANTED = {"njs": "libnginx-mod-http-js", "haproxy": "haproxy", "apache": "apache2-bin and libapache2-mod-oauth2"}
APACHE_MODULES = Path("/usr/lib/apache2/modules")
NJS_MODULE = Path("/usr/lib/nginx/modules/ngx_http_js_module.so")

WRK = """
local requests, next_one = {}, 0
for line in io.lines(os.getenv("TOKENS")) do
  requests[#requests + 1] = "GET /judged HTTP/1.1\\r\\nHost: gateway\\r\\nAuthorization: Bearer " .. line .. "\\r\\n\\r\\n"
end
function request()
  next_one = next_one % #requests + 1
  return requests[next_one]
end
function done(summary, latency)
  local errors = summary.errors
  io.write(string.format('{"requests":%d,"us":%d,"bad":%d,"p50":%d,"p99":%d}\\n', summary.requests, summary.duration,
    errors.status + errors.connect + errors.read + errors.write + errors.timeout, latency:percentile(50), latency:percentile(99)))
end
"""


def find(program):
    return shutil.which(program) or shutil.which(program, path="/usr/sbin:/usr/local/sbin")


def missing(build):
    """Why nothing can be measured here, or nothing."""
    for program, package in PROGRAMS.items():
        if not find(program):
            return f"not measured: no {program} (Debian: {package})"
    if not (build / "nginx" / "ngx_http_assay_module.so").exists():
        return "not measured: no nginx module was built"
    return ""


def cores():
    """(the servers' core, the load's)."""
    here = sorted(os.sched_getaffinity(0))
    return here[0], here[-1]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """A server of one serving process: `command` runs it in the foreground."""

    def __init__(self, folder, log):
        self.port, self.log = free_port(), log
        folder.mkdir()

    def start(self, command):
        self.process = subprocess.Popen(["taskset", "-c", str(cores()[0]), *command], stdout=subprocess.DEVNULL,
                                        stderr=self.log.open("a"))
        end = time.monotonic() + 10
        while self.answers("/judged", "nonsense") not in (200, 401):
            if time.monotonic() > end or self.process.poll() is not None:
                raise RuntimeError(f"{command[0]} does not start: {self.log.read_text(encoding='utf-8')}")
            time.sleep(0.05)
        self.serving = self.process.pid

    def answers(self, path, token):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
            connection.request("GET", path, headers={"Authorization": "Bearer " + token})
            return connection.getresponse().status
        except OSError:
            return 0

    def busy_ns(self):
        """Processor time that the serving process has had, all its threads together."""
        return sum(int((task / "schedstat").read_text(encoding="utf-8").split()[0]) for task in Path(f"/proc/{self.serving}/task").iterdir())

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Nginx(Server):
    """nginx with one worker: `main` before its events, `http` in its http block, `locations` in its server."""

    def __init__(self, folder, locations, http="", main=""):
        super().__init__(folder, folder / "error.log")
        text = f"""{main}
daemon off; worker_processes 1; pid nginx.pid; error_log error.log warn;
events {{ worker_connections 1024; }}
http {{
  access_log off; keepalive_requests 1000000000; large_client_header_buffers 8 16k; {http}
  {" ".join(f"{kind}_temp_path {kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))}
  server {{ listen 127.0.0.1:{self.port}; {locations} }}
}}
"""
        (folder / "nginx.conf").write_text(text, encoding="utf-8")
        self.start([find("nginx"), "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", str(self.log)])
        self.serving = int(Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text(encoding="utf-8"))


class Bare(Nginx):
    def __init__(self, place):
        super().__init__(place / "bare", "location = /judged { empty_gif; } location = /query { empty_gif; }")


class Module(Nginx):
    def __init__(self, build, place, name, configuration):
        (place / f"{name}.json").write_text(json.dumps(configuration), encoding="utf-8")
        super().__init__(
            place / name, """location = /judged { assay on; empty_gif; }
    location = /query { assay on; assay_token $arg_token; assay_forward_token on; empty_gif; }
    location = /status { assay_status; }""",
            f"assay_config {place / name}.json; assay_zone counts 1m;", f"load_module {build / 'nginx' / 'ngx_http_assay_module.so'};")

    def batches(self):
        """(tokens, batches) that the engine has seen."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        connection.request("GET", "/status", headers={"Accept": "text/plain"})
        text = connection.getresponse().read().decode()
        return [int(re.search(rf"^assay_batch_size_{what} (\d+)$", text, re.M).group(1)) for what in ("sum", "count")]


# As njs's users write it: signature, issuer, audience and expiry. A request's script begins anew: nothing is kept.
NJS = """
import fs from 'fs';
const issuer = %s, audience = %s;
const pem = fs.readFileSync(%s).toString().split('\\n').filter(line => line && !line.startsWith('-')).join('');
const algorithm = %s;
async function check(r) {
  const parts = (r.headersIn['Authorization'] || '').replace(/^Bearer /, '').split('.');
  if (parts.length != 3) return r.return(401);
  try {
    const key = await crypto.subtle.importKey('spki', Buffer.from(pem, 'base64'), algorithm, false, ['verify']);
    const good = await crypto.subtle.verify(algorithm, key, Buffer.from(parts[2], 'base64url'), Buffer.from(parts[0] + '.' + parts[1]));
    const claims = JSON.parse(Buffer.from(parts[1], 'base64url'));
    r.return(good && claims.iss == issuer && claims.aud == audience && claims.exp > Date.now() / 1000 ? 204 : 401);
  } catch (e) {
    r.return(401);
  }
}
export default {check};
"""


class Njs(Nginx):
    def __init__(self, place, alg, issuer, audience):
        name = {"ES256": {"name": "ECDSA", "namedCurve": "P-256", "hash": "SHA-256"}, "RS256": {"name": "RSASSA-PKCS1-v1_5", "hash": "SHA-256"}}
        script = place / f"njs.{alg}.js"
        script.write_text(NJS % tuple(map(json.dumps, (issuer, audience, str(place / f"{alg}.pem"), name[alg]))), encoding="utf-8")
        super().__init__(
            place / f"njs.{alg}", "location = /judged { auth_request /check; empty_gif; } location = /check { internal; js_content judge.check; }",
            f"js_import judge from {script};", f"load_module {NJS_MODULE};")


class Haproxy(Server):
    def __init__(self, place, alg):
        folder = place / f"haproxy.{alg}"
        super().__init__(folder, place / f"haproxy.{alg}.log")
        (folder / "haproxy.cfg").write_text(f"""global
  nbthread 1
defaults
  mode http
  timeout client 30s
frontend judged
  bind 127.0.0.1:{self.port}
  http-request deny deny_status 401 unless {{ http_auth_bearer,jwt_verify("{alg}","{place / alg}.pem") -m int 1 }}
  http-request return status 200 content-type image/gif string GIF89a
""", encoding="utf-8")
        self.start([find("haproxy"), "-db", "-f", str(folder / "haproxy.cfg")])


class Apache(Server):
    def __init__(self, place, alg):
        folder = place / f"apache.{alg}"
        super().__init__(folder, place / f"apache.{alg}.log")
        key = (place / f"{alg}.jwk").read_text(encoding="utf-8").strip().replace('"', '\\"')
        modules = ("mpm_event", "authn_core", "authz_core", "authz_user", "oauth2")
        (folder / "judged").write_text("GIF89a", encoding="utf-8")
        (folder / "apache.conf").write_text("\n".join(f"LoadModule {name}_module {APACHE_MODULES}/mod_{name}.so" for name in modules) + f"""
ServerRoot {folder}
ServerName localhost
Listen 127.0.0.1:{self.port}
PidFile {folder}/pid
ErrorLog {self.log}
StartServers 1
ServerLimit 1
ThreadsPerChild {CONNECTIONS}
MaxRequestWorkers {CONNECTIONS}
MaxKeepAliveRequests 0
{"User www-data" if os.getuid() == 0 else ""}
DocumentRoot {folder}
<Location /judged>
  AuthType oauth2
  OAuth2TokenVerify jwk "{key}" verify.exp=required
  Require valid-user
</Location>
""", encoding="utf-8")
        self.start([find("apache2"), "-X", "-f", str(folder / "apache.conf")])


OTHERS = (Njs, Haproxy, Apache)


def others(place, alg, issuer, audience):
    """What is here of WANTED, each ready for tokens of `alg`."""
    made = {}
    if NJS_MODULE.exists():
        made["njs"] = Njs(place, alg, issuer, audience)
    if find("haproxy"):
        made["haproxy"] = Haproxy(place, alg)
    if find("apache2") and (APACHE_MODULES / "mod_oauth2.so").exists():
        made["apache"] = Apache(place, alg)
    return made


def run_wrk(script, server, tokens, seconds):
    """One slice: requests, their latency, and the processor time that each has cost."""
    before = server.busy_ns()
    output = subprocess.run(
        ["taskset", "-c", str(cores()[1]), find("wrk"), "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "10s", "-s", str(script),
         f"http://127.0.0.1:{server.port}/judged"],
        env={**os.environ, "TOKENS": str(tokens)}, check=True, stdout=subprocess.PIPE, text=True).stdout
    busy = server.busy_ns() - before
    said = json.loads(output.splitlines()[-1])
    if not said["requests"] or (said["bad"] and not isinstance(server, OTHERS)):
        raise RuntimeError(f"wrk, {server.log.stem}: {said['bad']} of {said['requests']} answers were not as wanted")
    return {"per_s": said["requests"] * 1e6 / said["us"], "ns": busy / said["requests"], "p50": said["p50"], "p99": said["p99"],
            "bad": said["bad"]}


def run_h2load(place, server, uris, per_s, seconds):
    """Latencies in microseconds of requests that are sent at a rate. Connections begin one by one, or all would send at the same
    moments; what is sent before the last has begun, or after the first has ended, does not count."""
    log = place / "h2load.log"
    log.unlink(missing_ok=True)
    subprocess.run(
        ["taskset", "-c", str(cores()[1]), find("h2load"), "--h1", "-t1", f"-c{CONNECTIONS}", "-r1", f"--rate-period={BEGIN_MS}ms",
         f"-n{per_s * seconds:.0f}", f"--rps={per_s / CONNECTIONS:.1f}", f"--log-file={log}", "-i", str(uris),
         f"--base-uri=http://127.0.0.1:{server.port}"], check=True, stdout=subprocess.DEVNULL)
    rows = [line.split("\t") for line in log.read_text(encoding="utf-8").splitlines()]
    if not rows or any(row[1] != "200" for row in rows):
        raise RuntimeError("h2load: an answer was not as wanted")
    starts, ramp = [int(row[0]) for row in rows], BEGIN_MS * 1000 * CONNECTIONS
    begun, ended = min(starts) + ramp, max(starts) - ramp
    return sorted(int(row[2]) for row in rows if begun <= int(row[0]) <= ended)


def engine_alone(build, alg, batch, seconds):
    """What the engine alone takes for a token in batches of that size, in nanoseconds: without and with its verdict cache."""
    output = subprocess.run([build / "bin" / "assay", "bench", "--seconds", str(seconds), "--batch", str(batch), "--json", "-"], check=True,
                            stdout=subprocess.PIPE, text=True).stdout
    ns = {row["mode"]: row["ns_per_token"] for row in json.loads(output)["rows"] if row["alg"] == alg}
    return {"module": ns["whole"], "cached": ns["cached"]}


def measure(build, plan):
    """Rows of the section, and what could not be measured."""
    rounds, tokens_each = plan
    why = missing(build)
    if why:
        return [], {"gateways": why}
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        place.chmod(0o755)
        subprocess.run([build / "bin" / "bench_suite", "export", str(place), str(tokens_each)], check=True)
        audience = (place / "audience").read_text(encoding="utf-8").strip()
        issuer = (place / "issuer").read_text(encoding="utf-8").strip()
        (place / "requests.lua").write_text(WRK, encoding="utf-8")
        keys = {"keys": [json.loads((place / f"{alg}.jwk").read_text(encoding="utf-8")) for alg in ALGS]}
        engine = {"version": 1, "issuers": [{"issuer": issuer, "audiences": [audience], "keys": {"inline": keys}}]}
        servers, rows = {}, []
        try:
            servers["bare"] = Bare(place)
            servers["module"] = Module(build, place, "module", {**engine, "limits": {"verdict_cache_kib": 0}})
            servers["cached"] = Module(build, place, "cached", {**engine, "limits": {"verdict_cache_kib": 4096}})
            for alg in ALGS:
                for name in WANTED.keys() & servers.keys():
                    servers.pop(name).stop()
                servers.update(others(place, alg, issuer, audience))
                rows += compare(build, place, servers, alg, rounds)
            left_out = {NAMES[name]: f"not measured: Debian's {package} is not here" for name, package in WANTED.items() if name not in servers}
            return rows, left_out
        finally:
            for server in servers.values():
                server.stop()


def compare(build, place, servers, alg, rounds):
    script = place / "requests.lua"
    lines = (place / f"{alg}.tokens").read_text(encoding="utf-8").splitlines()
    few, uris = place / f"{alg}.few", place / f"{alg}.uris"
    few.write_text("\n".join(lines[:CACHED_TOKENS]), encoding="utf-8")
    uris.write_text("\n".join(f"/query?token={line}" for line in lines), encoding="utf-8")
    tokens = {name: few if name == "cached" else place / f"{alg}.tokens" for name in servers}
    refused = (place / f"{alg}.tampered").read_text(encoding="utf-8").splitlines()[0]
    for name, server in servers.items():
        if name != "bare" and (server.answers("/judged", refused) != 401 or server.answers("/judged", lines[0]) != 200):
            raise RuntimeError(f"{name}: a tampered token was not refused, or a good one was")
        run_wrk(script, server, tokens[name], 1)  # keys' tables, verdicts
    before = servers["module"].batches()
    seen = {name: [] for name in servers}
    for _ in range(rounds):
        for name, server in servers.items():
            seen[name].append(run_wrk(script, server, tokens[name], 1))
    judged, batches = (after - b for after, b in zip(servers["module"].batches(), before))
    alone = engine_alone(build, alg, max(1, round(judged / batches)), 3 if rounds > 1 else 1)
    half, own_half = (statistics.median(slice_["per_s"] for slice_ in seen[name]) / 2 for name in ("module", "bare"))
    # Either server at half of what the module bears, and bare nginx at half of what it bears itself.
    loads = {"bare": ("bare", half), "module": ("module", half), "own": ("bare", own_half)}
    late = {load: [] for load in loads}
    for _ in range(rounds):
        for load, (name, per_s) in loads.items():
            us = run_h2load(place, servers[name], uris, per_s, 1)
            late[load].append(us[len(us) * 99 // 100])
    rows = []
    for name, slices in seen.items():
        row = {"section": "gateways", "name": NAMES[name], "key": name, "alg": alg,
               **{key: round(statistics.median(slice_[which] for slice_ in slices))
                  for key, which in (("requests_per_s", "per_s"), ("cpu_ns", "ns"), ("p50_us", "p50"), ("p99_us", "p99"))}}
        if name in late:
            row.update({"half_load_per_s": round(half), "half_load_p99_us": round(statistics.median(late[name]))})
        if name == "bare":
            row.update({"own_half_load_per_s": round(own_half), "own_half_load_p99_us": round(statistics.median(late["own"]))})
        if name != "bare":
            row["more_than_bare_ns"] = round(statistics.median(ours["ns"] - bare["ns"] for ours, bare in zip(slices, seen["bare"])))
        if name in alone:
            row["engine_alone_ns"] = round(alone[name])
        if name == "module":
            row["tokens_per_batch"] = round(judged / batches, 1)
        if name in WANTED:
            row["wrong_answers"] = sum(slice_["bad"] for slice_ in slices)
        rows.append(row)
    return rows
