#!/usr/bin/env python3
"""drive.py --build DIR --out PREFIX [--smoke] [--only SECTION,...]

Runs the built benchmark suite and the runners of other libraries, and writes PREFIX.json and PREFIX.html.
Sections: stages, whole, alone, latency, libraries, gateways. With --only, the others are kept from an earlier PREFIX.json, if that
is of the same tree, compiler and machine.
tools/bench calls this; see bench/competitors/runner.h for how the runners are spoken to.
"""
import argparse
import datetime
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import floors
import gateway_load
import report

SECTIONS = ["stages", "whole", "alone", "latency", "libraries", "gateways"]
ALGS = ["ES256", "RS256"]
REFERENCE = "assay_batch"  # whose rate the others' are divided into, round by round
# Rounds and milliseconds of a slice (gateways: tokens). A whole run takes about six minutes, no section more than 90 s; a smoke
# run a minute.
PLANS = {"stages": (41, 10), "whole": (21, 12), "alone": (1000, 1), "latency": (61, 4), "libraries": (15, 30), "gateways": (7, 8192)}
SMOKE_PLANS = {"stages": (3, 3), "whole": (3, 2), "alone": (5, 1), "latency": (8, 2), "libraries": (3, 5), "gateways": (1, 1024)}
SAME = ["cpu", "kernel", "compiler", "commit", "os", "linux", "smoke"]  # in results whose sections may stand together
# Libraries that are looked for, by the runner's name, and what brings them.
WANTED = {
    "bare_openssl": "libssl-dev", "libjwt": "libjwt-dev", "cjose": "libcjose-dev",
    "rhonabwy": "librhonabwy-dev", "cpp_jwt": "libcpp-jwt-dev",
    "fast-jwt": "Node 20 and npm", "jose": "Node 20 and npm",
}


def say(text):
    print(f"bench: {text}", file=sys.stderr, flush=True)


class Runner:
    """A runner's process. Any failure is an exception: what gives wrong answers has no speed."""

    def __init__(self, key, command, tokens):
        self.key = key
        self.process = subprocess.Popen(command + [str(tokens)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.name, self.version, self.how = self.ask("about").split("\t")
        self.count = {}
        self.rates = {alg: [] for alg in ALGS}  # (tokens a second of processor time, of the clock)

    def ask(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().rstrip("\n")
        if answer == "" or answer.startswith("bad"):
            raise RuntimeError(f"{self.key}: {line}: {answer or 'no answer'}")
        return answer

    def run(self, alg, count):
        wall, busy = map(int, self.ask(f"run {alg} {count}").split())
        return count * 1e9 / busy, count * 1e9 / wall

    def prepare(self, alg, slice_ms):
        """Checks every answer, then finds how many tokens fill a slice."""
        self.ask(f"check {alg}")
        self.run(alg, 256)
        rate = statistics.median(self.run(alg, 256)[0] for _ in range(3))
        self.count[alg] = max(16, int(rate * slice_ms / 1000))

    def stop(self):
        self.process.stdin.close()
        self.process.wait()


def runner_commands(build):
    commands = {path.name: [str(path)] for path in sorted((build / "bin" / "runners").iterdir()) if os.access(path, os.X_OK)}
    for path in sorted((build / "bench-node").glob("*.mjs")):
        if path.stem != "runner" and (build / "bench-node" / "node_modules" / path.stem).is_dir():
            # The modules are looked for from the folder that the runner is in.
            commands[path.stem] = ["env", "-C", str(build / "bench-node"), "node", str(path)]
    return commands


def measure_libraries(build, plan):
    rounds, slice_ms = plan
    with tempfile.TemporaryDirectory() as tokens:
        subprocess.run([build / "bin" / "bench_suite", "export", tokens, "2048" if rounds > 5 else "256"], check=True)
        runners = [Runner(key, command, tokens) for key, command in runner_commands(build).items()]
        for runner in runners:
            for alg in ALGS:
                runner.prepare(alg, slice_ms)
        for _ in range(rounds):
            for alg in ALGS:
                for runner in runners:
                    runner.rates[alg].append(runner.run(alg, runner.count[alg]))
        for runner in runners:
            runner.stop()
    reference = next(runner for runner in runners if runner.key == REFERENCE)
    rows = []
    for alg in ALGS:
        for runner in runners:
            per_core = [busy for busy, _ in runner.rates[alg]]
            ratios = [ours[0] / theirs[0] for ours, theirs in zip(reference.rates[alg], runner.rates[alg])]
            quartiles = statistics.quantiles(per_core, n=4)
            rows.append({
                "section": "libraries", "name": runner.name, "key": runner.key, "version": runner.version, "how": runner.how,
                "alg": alg, "tokens_per_core_s": round(statistics.median(per_core)),
                "quartiles": [round(quartiles[0]), round(quartiles[2])],
                "tokens_per_wall_s": round(statistics.median(wall for _, wall in runner.rates[alg])),
                "assay_is_times_faster": round(statistics.median(ratios), 2),
            })
    found = {runner.key for runner in runners}
    missing = {key: f"not here when this ran: {what}" for key, what in WANTED.items() if key not in found}
    return rows, missing


def measure(build, section, plan):
    output = subprocess.run([build / "bin" / "bench_suite", section, "--rounds", str(plan[0]), "--slice", str(plan[1])],
                            check=True, stdout=subprocess.PIPE, text=True).stdout
    return json.loads(output)


def about(build):
    result = json.loads(subprocess.run([build / "bin" / "bench_suite", "about"], check=True, stdout=subprocess.PIPE, text=True).stdout)
    result.update({
        "cores": os.cpu_count(), "os": platform.freedesktop_os_release().get("PRETTY_NAME", ""), "linux": platform.release(),
        "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d"),
    })
    return result


def write_json(path, result):
    """One row a line, so that two results can be compared by diff."""
    head = {key: value for key, value in result.items() if key not in ("floors", "rows")}
    text = json.dumps(head, ensure_ascii=False, indent=1)[:-2]
    for key in ("floors", "rows"):
        text += f',\n "{key}": [\n' + ",\n".join(json.dumps(row, ensure_ascii=False) for row in result[key]) + "\n]"
    text += "}\n"
    path.write_text(text, encoding="utf-8")


def check(result, sections):
    """A section without rows, or with a figure that is none, is a failure."""
    for section in sections:
        if not any(report.section_of(row) == section for row in result["rows"]):
            raise RuntimeError(f"section {section} has no rows")
    for row in result["rows"]:
        for key, value in row.items():
            if key.endswith(("_s", "_us", "per_token")) and not value > 0:
                raise RuntimeError(f"{row['section']} {row['name']}: {key} is {value}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--smoke", action="store_true")
    parser.add_argument("--only", default=",".join(SECTIONS))
    options = parser.parse_args()
    build = options.build.resolve()
    wanted = options.only.split(",")
    if not set(wanted) <= set(SECTIONS):
        parser.error("sections are " + ", ".join(SECTIONS))
    plans = SMOKE_PLANS if options.smoke else PLANS
    json_path = options.out.with_suffix(".json")
    result = about(build)
    result.update({"smoke": options.smoke, "not_run": {}, "rows": []})
    if wanted != SECTIONS and json_path.exists():
        old = json.loads(json_path.read_text(encoding="utf-8"))
        differs = [key for key in SAME if old.get(key) != result[key]]
        if differs:
            say(f"the earlier result is left out: not the same {', '.join(differs)}")
        else:
            result["not_run"] = old["not_run"]
            result["rows"] = [row for row in old["rows"] if report.section_of(row) not in wanted]
    for section in wanted:
        say(f"{section} …")
        if section == "libraries":
            rows, missing = measure_libraries(build, plans[section])
        elif section == "gateways":
            rows, missing = gateway_load.measure(build, plans[section])
        else:
            rows, missing = measure(build, section, plans[section]), {}
        for key, why in missing.items():
            say(f"{key} is left out: {why}")
        result["not_run"][section] = missing
        result["rows"] += rows
    check(result, [section for section in wanted if section not in result["not_run"][section]])
    have = {report.section_of(row) for row in result["rows"]}
    result["sections_missing"] = [section for section in SECTIONS if section not in have]
    result["floors"] = floors.table(result["rows"])
    options.out.parent.mkdir(parents=True, exist_ok=True)
    write_json(json_path, result)
    html = report.page(result)
    options.out.with_suffix(".html").write_text(html, encoding="utf-8")
    if not options.smoke:
        print(floors.text(result["floors"]))
    if result["sections_missing"]:
        say(f"not measured yet: {', '.join(result['sections_missing'])}")
    say(f"{json_path} and {options.out.with_suffix('.html')} ({len(html) // 1024} KiB)")


if __name__ == "__main__":
    main()
