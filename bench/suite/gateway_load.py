"""What a request costs in nginx with the module, beside the same nginx without it and what people use today.

Each server has one process that answers, on a core of its own where there are two, and answers a small picture from
memory; wrk keeps 64 connections busy from another core, every request with the next of many distinct tokens. Servers
take turns in slices of a second. Processor time is the serving process's own, by the kernel's count; wrk counts the
answers, and one that is not as wanted ends the run. Latency at half load is h2load's, which sends at a fixed rate.
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
NAMES = {"bare": "nginx, no token looked at", "module": "nginx with ngx_http_assay_module", "cached": "the same, verdict cache on"}

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


class Nginx:
    """One nginx with one worker. With `configuration` it has the module, else not."""

    def __init__(self, build, place, name, configuration=None):
        self.port = free_port()
        folder = place / name
        folder.mkdir()
        module, judged, query, http = "", "", "", ""
        if configuration is not None:
            (folder / "assay.json").write_text(json.dumps(configuration), encoding="utf-8")
            module = f"load_module {build / 'nginx' / 'ngx_http_assay_module.so'};"
            http = f"assay_config {folder / 'assay.json'}; assay_zone counts 1m;"
            judged, query = "assay on;", "assay on; assay_token $arg_token; assay_forward_token on;"
        text = f"""{module}
daemon off; master_process on; worker_processes 1; worker_cpu_affinity {1 << cores()[0]:b}; pid nginx.pid; error_log error.log warn;
events {{ worker_connections 1024; }}
http {{
  access_log off; keepalive_requests 1000000000; large_client_header_buffers 8 16k; {http}
  {" ".join(f"{kind}_temp_path {kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))}
  server {{
    listen 127.0.0.1:{self.port};
    location = /judged {{ {judged} empty_gif; }}
    location = /query {{ {query} empty_gif; }}
    {"location = /status { assay_status; }" if module else ""}
  }}
}}
"""
        (folder / "nginx.conf").write_text(text, encoding="utf-8")
        self.log = folder / "error.log"
        self.master = subprocess.Popen([find("nginx"), "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", str(self.log)])
        end = time.monotonic() + 10
        while True:
            children = Path(f"/proc/{self.master.pid}/task/{self.master.pid}/children").read_text(encoding="utf-8").split()
            if children and self.answers("/judged", "nonsense") in (200, 401):
                break
            if time.monotonic() > end or self.master.poll() is not None:
                raise RuntimeError(f"nginx does not start: {self.log.read_text(encoding='utf-8')}")
            time.sleep(0.05)
        self.worker = int(children[0])

    def answers(self, path, token):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
            connection.request("GET", path, headers={"Authorization": "Bearer " + token})
            return connection.getresponse().status
        except OSError:
            return 0

    def busy_ns(self):
        """Processor time that the worker has had."""
        return int(Path(f"/proc/{self.worker}/schedstat").read_text(encoding="utf-8").split()[0])

    def batches(self):
        """(tokens, batches) that the engine has seen."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        connection.request("GET", "/status", headers={"Accept": "text/plain"})
        text = connection.getresponse().read().decode()
        return [int(re.search(rf"^assay_batch_size_{what} (\d+)$", text, re.M).group(1)) for what in ("sum", "count")]

    def stop(self):
        self.master.terminate()
        self.master.wait(timeout=10)


def run_wrk(script, server, tokens, seconds):
    """One slice: requests, their latency, and the processor time that each has cost."""
    before = server.busy_ns()
    output = subprocess.run(
        ["taskset", "-c", str(cores()[1]), find("wrk"), "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s", str(script),
         f"http://127.0.0.1:{server.port}/judged"],
        env={**os.environ, "TOKENS": str(tokens)}, check=True, stdout=subprocess.PIPE, text=True).stdout
    busy = server.busy_ns() - before
    said = json.loads(output.splitlines()[-1])
    if said["bad"] or not said["requests"]:
        raise RuntimeError(f"wrk: {said['bad']} of {said['requests']} answers were not as wanted")
    return {"per_s": said["requests"] * 1e6 / said["us"], "ns": busy / said["requests"], "p50": said["p50"], "p99": said["p99"]}


def run_h2load(place, server, uris, per_s, seconds):
    """Latencies in microseconds of requests that are sent at a rate, whatever the answers take. Connections begin one by one, or
    all would send at the same moments; what is sent meanwhile does not count."""
    log = place / "h2load.log"
    log.unlink(missing_ok=True)
    subprocess.run(
        ["taskset", "-c", str(cores()[1]), find("h2load"), "--h1", "-t1", f"-c{CONNECTIONS}", "-r1", f"--rate-period={BEGIN_MS}ms",
         f"-n{per_s * seconds:.0f}", f"--rps={per_s / CONNECTIONS:.1f}", f"--log-file={log}", "-i", str(uris), f"--base-uri=http://127.0.0.1:{server.port}"], check=True, stdout=subprocess.DEVNULL)
    rows = [line.split("\t") for line in log.read_text(encoding="utf-8").splitlines()]
    if not rows or any(row[1] != "200" for row in rows):
        raise RuntimeError("h2load: an answer was not as wanted")
    begun = min(int(row[0]) for row in rows) + BEGIN_MS * 1000 * CONNECTIONS
    return sorted(int(row[2]) for row in rows if int(row[0]) >= begun)


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
        script = place / "requests.lua"
        script.write_text(WRK, encoding="utf-8")
        keys = {"keys": [json.loads((place / f"{alg}.jwk").read_text(encoding="utf-8")) for alg in ALGS]}
        engine = {"version": 1, "issuers": [{"issuer": issuer, "audiences": [audience], "keys": {"inline": keys}}]}
        lists = {}
        for alg in ALGS:
            lines = (place / f"{alg}.tokens").read_text(encoding="utf-8").splitlines()
            (place / f"{alg}.few").write_text("\n".join(lines[:CACHED_TOKENS]), encoding="utf-8")
            (place / f"{alg}.uris").write_text("\n".join(f"/query?token={line}" for line in lines), encoding="utf-8")
            lists[alg] = {"bare": place / f"{alg}.tokens", "module": place / f"{alg}.tokens", "cached": place / f"{alg}.few"}
        servers = {"bare": Nginx(build, place, "bare"),
                   "module": Nginx(build, place, "module", {**engine, "limits": {"verdict_cache_kib": 0}}),
                   "cached": Nginx(build, place, "cached", {**engine, "limits": {"verdict_cache_kib": 4096}})}
        try:
            return compare(build, place, script, servers, lists, rounds), {}
        finally:
            for server in servers.values():
                server.stop()


def compare(build, place, script, servers, lists, rounds):
    seen = {(name, alg): [] for name in servers for alg in ALGS}
    batch = {}
    for alg in ALGS:
        refused = (place / f"{alg}.tampered").read_text(encoding="utf-8").splitlines()[0]
        for name in ("module", "cached"):
            if servers[name].answers("/judged", refused) != 401:
                raise RuntimeError(f"{name}: a tampered token was not refused")
            run_wrk(script, servers[name], lists[alg][name], 1)  # keys' tables, verdicts
        before = servers["module"].batches()
        for _ in range(rounds):
            for name, server in servers.items():
                seen[name, alg].append(run_wrk(script, server, lists[alg][name], 1))
        tokens, batches = (after - b for after, b in zip(servers["module"].batches(), before))
        batch[alg] = tokens / batches
    rows = []
    for alg in ALGS:
        alone = engine_alone(build, alg, max(1, round(batch[alg])), 3 if rounds > 1 else 1)
        half = statistics.median(slice_["per_s"] for slice_ in seen["module", alg]) / 2
        late = {name: [] for name in ("bare", "module")}
        for _ in range(rounds):
            for name, all_p99 in late.items():
                us = run_h2load(place, servers[name], place / f"{alg}.uris", half, 1)
                all_p99.append(us[len(us) * 99 // 100])
        for name in servers:
            slices = seen[name, alg]
            more = [ours["ns"] - bare["ns"] for ours, bare in zip(slices, seen["bare", alg])]
            row = {"section": "gateways", "name": NAMES[name], "key": name, "alg": alg,
                   **{key: round(statistics.median(slice_[which] for slice_ in slices))
                      for key, which in (("requests_per_s", "per_s"), ("cpu_ns", "ns"), ("p50_us", "p50"), ("p99_us", "p99"))}}
            if name in late:
                row.update({"half_load_per_s": round(half), "half_load_p99_us": round(statistics.median(late[name]))})
            if name != "bare":
                row.update({"more_than_bare_ns": round(statistics.median(more)), "engine_alone_ns": round(alone[name])})
            if name == "module":
                row["tokens_per_batch"] = round(batch[alg], 1)
            rows.append(row)
    return rows
