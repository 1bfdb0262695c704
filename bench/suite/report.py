"""page(result): the report as one self-contained HTML page; no figure in it but the result's."""
import html
import re

import charts
import floors
from charts import count
from floors import ALGS, OWN

BEFORE_SIGNATURE = ["split", "base64url", "header", "payload", "key lookup"]

STYLE = """
body{font:15px/1.5 system-ui,"DejaVu Sans",sans-serif;color:#1c2326;background:#fff;max-width:980px;margin:2em auto;padding:0 1em}
h1{font-size:1.7em;margin-bottom:.1em}h2{margin-top:2.2em;border-bottom:2px solid #0b6e4f;padding-bottom:.15em;font-size:1.25em}
h3{margin-bottom:.3em;font-size:1em}svg{max-width:100%;height:auto;font-family:inherit}
table{border-collapse:collapse;margin:.6em 0;font-size:.9em}th,td{padding:.2em .8em .2em 0;text-align:left;border-bottom:1px solid #e3e6e7;vertical-align:top}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}.tiles{display:flex;flex-wrap:wrap;gap:12px}
.tile{border:1px solid #d5dadb;border-radius:6px;padding:.6em .9em;min-width:170px;flex:1}.tile b{display:block;font-size:1.35em;color:#0b6e4f}
.tile small,.note{color:#59666b}.row{display:flex;flex-wrap:wrap;gap:10px}.slow{color:#b00020;font-weight:600}
.short td:not(:first-child){white-space:nowrap}.legend span{margin-right:1.2em;white-space:nowrap}.legend i{display:inline-block;width:11px;height:11px;margin-right:.4em}
code,pre{font-family:ui-monospace,"DejaVu Sans Mono",monospace;font-size:.92em}.warn{background:#fff4d6;padding:.5em .8em;border-left:4px solid #d09a00}
"""


def section_of(row):
    """Which run of bench_suite, or which part of drive.py, a row comes from."""
    own = {"stages": "stages", "signature threads": "stages", "alone": "alone", "latency": "latency", "libraries": "libraries",
           "gateways": "gateways"}
    return own.get(row["section"], "whole")


class Result:
    def __init__(self, result):
        self.about = result
        self.rows = result["rows"]

    def of(self, section, **wanted):
        return [row for row in self.rows if row["section"] == section and all(row.get(k) == v for k, v in wanted.items())]


def table(head, rows, css=""):
    """Columns whose every cell is a number are set to the right."""
    right = [all(re.fullmatch(r"[0-9,.]*[×]?", row[i]) for row in rows) for i in range(len(head))]

    def line(tag, values):
        return "<tr>" + "".join(f"<{tag}{' class=n' if right[i] else ''}>{value}</{tag}>" for i, value in enumerate(values)) + "</tr>"

    return f'<table class="{css}">' + (line("th", head) if any(head) else "") + "".join(line("td", row) for row in rows) + "</table>"


def at_batch(result, alg, batch):
    rows = result.of("batch", alg=alg, batch=batch)
    return rows[0] if rows else None


def tiles(result):
    parts = []
    for alg in ALGS:
        best = at_batch(result, alg, 256)
        if best:
            parts.append((f"{count(best['tokens_per_s'])} /s", f"{alg}, whole validation, one core, batches of 256"))
        fastest = floors.others(result.rows, alg)
        if fastest:
            parts.append((f"{fastest[0]['assay_is_times_faster']:.1f}×", f"{alg}, against {fastest[0]['name']}, the fastest other library here"))
        overhead = floors.overhead(result.rows, alg)
        if overhead is not None:
            parts.append((f"{overhead:.0f} ns", f"{alg}, a token, for everything but digest and signature"))
        for row in result.of("alone", alg=alg, name="Batcher::Submit", cold_caches=False):
            parts.append((f"{row['us']['p99']:.1f} µs", f"{alg}, p99 of one token alone through Batcher at low load"))
    return '<div class="tiles">' + "".join(f'<div class="tile"><b>{value}</b><small>{html.escape(what)}</small></div>' for value, what in parts) + "</div>"


def aims(result):
    rows = [(html.escape(what), alg, value, floor, stretch, "met" if met == "met" else '<span class="slow">not met</span>')
            for what, alg, value, floor, stretch, met in map(floors.cells, result.about["floors"])]
    if not rows:
        return ""
    return (f"<h2>What this project asks of itself</h2><p>On this CPU, {html.escape(result.about['cpu'])} with kernel {result.about['kernel']}; the floors were "
            f"set for server CPUs with AVX-512 IFMA. A ratio that should be 1 may miss it by {floors.NOISE:.0%}, the noise of two medians.</p>"
            + table(["", "", "here", "floor", "stretch", ""], rows, "short"))


def not_run(result, section):
    return "".join(f'<p class="warn">{html.escape(key)} was {html.escape(why)}</p>' for key, why in result.about["not_run"].get(section, {}).items())


def libraries(result):
    parts = ["<h2>Throughput by library</h2>",
             "<p>The same 2,048 distinct ES256 or RS256 tokens of about 800 bytes, one process for each library, rounds of short slices by "
             "turns. Bars are medians in tokens per second of processor time (all threads of the process counted), whiskers the "
             "quartiles. Before it is timed, each library accepted every token and refused tampered ones. “×” is how many times as many "
             "tokens Assay validates in batches, as a median of the rounds' ratios.</p>"]
    if result.about.get("smoke"):
        parts[-1] = parts[-1].replace("2,048", "256")
    for alg in ALGS:
        rows = sorted(result.of("libraries", alg=alg), key=lambda row: -row["tokens_per_core_s"])
        if not rows:
            continue
        parts.append(f"<h3>{alg}</h3>")
        parts.append(charts.bars([(row["name"], "" if row["key"] == "assay_batch" else f"   {row['assay_is_times_faster']:.3g}×", row["tokens_per_core_s"],
                                   row["quartiles"][0], row["quartiles"][1], row["key"] in OWN) for row in rows],
                                 f"Tokens a second and core by library, {alg}", "/s"))
    rows = [(row["name"], html.escape(row["version"]), html.escape(row["how"]), count(row["tokens_per_wall_s"]),
             count(other["tokens_per_wall_s"]) if other else "")
            for row in result.of("libraries", alg="ES256")
            for other in [next(iter(result.of("libraries", alg="RS256", key=row["key"])), None)]]
    parts.append(table(["library", "version", "what is called", "ES256 tokens/s by the clock", "RS256"], rows))
    parts.append('<p class="note">Signature-only rows check digest and signature of tokens that were split and decoded before: no JSON, no '
                 "claims. cjose checks no claims. libjwt 1 and cpp-jwt take the key as PEM text with each token and parse it each time; "
                 "that is their interface. fast-jwt runs with its cache off, as all rows are of distinct tokens.</p>")
    return "".join(parts) + not_run(result, "libraries")


def gateways(result):
    parts = []
    for alg in ALGS:
        rows = result.of("gateways", alg=alg)
        if not rows:
            continue
        parts.append(f"<h3>{alg}</h3>")
        bare = next(row["cpu_ns"] for row in rows if row["key"] == "bare")
        steps = {row["key"]: [("nginx", bare)] for row in rows if row["key"] in ("bare", "module", "cached")}
        for row in rows:
            if "engine_alone_ns" in row:  # of the module's
                more = row["cpu_ns"] - bare
                steps[row["key"]] += [("engine alone, batches of that size", min(row["engine_alone_ns"], more)),
                                      ("module and all else", max(more - row["engine_alone_ns"], 0))]
        parts.append(charts.stacked(list(steps.items()), f"Processor time a request, {alg}", " ns"))
        parts.append(table(
            ["", "requests/s", "p50 µs", "p99 µs", "processor ns a request", "more than bare", "engine alone", "tokens a batch", "p99 µs at half load",
             "at half of its own", "wrong answers"],
            [(html.escape(row["name"]), count(row["requests_per_s"]), count(row["p50_us"]), count(row["p99_us"]), count(row["cpu_ns"]),
              *(count(row[key]) if key in row else "" for key in ("more_than_bare_ns", "engine_alone_ns")), str(row.get("tokens_per_batch", "")),
              *(count(row[key]) if key in row else "" for key in ("half_load_p99_us", "own_half_load_p99_us")), str(row.get("wrong_answers", "")))
             for row in rows]))
    if not parts:
        return not_run(result, "gateways")
    return ("<h2>In gateways</h2><p>One worker on one core; wrk with 64 connections on the other, each request with the next of distinct tokens; "
            "“verdict cache on” has 1,024 of them, in turns. Every answer of nginx was 200, tampered tokens got 401 everywhere. Servers took turns by the second; "
            "medians. “More than bare” is the median of the rounds’ differences. At half load h2load sends at half the rate that the "
            "module’s row shows, to both, and to bare nginx also at half of its own; a connection waits for its last answer, and all go through the same tokens. HAProxy checks the "
            "signature alone.</p>" + "".join(parts) + not_run(result, "gateways"))


def stages(result):
    bars, rows = [], []
    for alg in ALGS:
        ns = {row["name"]: row["ns_per_token"] for row in result.of("stages", alg=alg)}
        if not ns:
            continue
        signature = max(ns["digest and signature"] - ns["digest"], 0)
        steps = [(name, ns[name]) for name in BEFORE_SIGNATURE] + [("digest", ns["digest"]), ("signature", signature), ("policy", ns["policy"])]
        bars.append((f"{alg} steps", steps))
        bars.append((f"{alg} whole", [("whole", ns["whole"])]))
        rows.append((alg, *(f"{value:.0f}" for _, value in steps), f"{sum(value for _, value in steps):.0f}", f"{ns['whole']:.0f}",
                     f"{floors.overhead(result.rows, alg):.0f}"))
    if not bars:
        return ""
    return ("<h2>Where the nanoseconds of one token go</h2><p>Each step alone, over batches of 256 of 2,048 tokens of about 800 bytes, then the whole "
            "as a gateway calls it. The whole has what no step has (verdicts, counters, more memory in use) and may lack what a step "
            "does (a header seen before is not read again). The last column is the median of the rounds’ differences.</p>"
            + charts.stacked(bars, "Nanoseconds a token by step", " ns")
            + table(["ns a token", *BEFORE_SIGNATURE, "digest", "signature", "policy", "sum of steps", "whole", "whole without digest and signature"], rows))


def batches_and_threads(result):
    parts = ['<div class="row">']
    series = [(alg, [(row["batch"], row["tokens_per_s"]) for row in result.of("batch", alg=alg)]) for alg in ALGS]
    if not series[0][1]:
        return ""
    parts.append(charts.lines(series, "By tokens a call, one core", "tokens of one call", "tokens/s", x_ticks=[1, 4, 16, 64, 256, 1024], log_x=True))
    threads = [(alg, [(row["threads"], row["tokens_per_s"]) for row in result.of("threads", alg=alg)]) for alg in ALGS]
    parts.append(charts.lines(threads, "By threads, batches of 256, by the clock", "threads", "tokens/s",
                              x_ticks=[x for x, _ in threads[0][1]]))
    parts.append("</div>" + charts.legend(ALGS))
    rows = [(str(es["batch"]), count(es["tokens_per_s"]), f"{es['ns_per_token']:.0f}", count(rs["tokens_per_s"]), f"{rs['ns_per_token']:.0f}")
            for es, rs in zip(result.of("batch", alg="ES256"), result.of("batch", alg="RS256"))]
    scaling = [f"{alg}{what} {row['times_one_thread']:.2f}× with {row['name']}" for section, what in (("threads", ""), ("signature threads", ", signatures alone"))
               for alg in ALGS for row in result.of(section, alg=alg)[-1:] if "times_one_thread" in row]
    return ("<h2>By batch and by threads</h2>" + "".join(parts) + (f"<p>Scaling: {', '.join(scaling)}.</p>" if scaling else "")
            + table(["tokens a call", "ES256 tokens/s", "ns a token", "RS256 tokens/s", "ns a token"], rows))


def alone(result):
    rows = result.of("alone")
    if not rows:
        return ""

    def quantiles(us):
        return tuple(f"{us[key]:.1f}" if us["tokens"] else "" for key in ("p50", "p99", "p999"))

    head = ["", "", "p50 µs", "p99 µs", "p99.9 µs", "tokens", "rounds", "dropped", "p50 of all", "p99 of all", "p99.9 of all", "of a worker’s"]
    tables = []
    for cold, title in ((False, "Caches warm"), (True, "After other work")):
        body = [(row["alg"], html.escape(row["name"]), *quantiles(row["us"]), count(row["us"]["tokens"]), str(row["rounds"]), str(row["rounds_dropped"]),
                 *quantiles(row["us_of_all_rounds"]), f"{row['of_worker']:.3f}×" if "of_worker" in row else "") for row in rows if row["cold_caches"] == cold]
        tables.append(f"<h3>{title}</h3>" + table(head, body))
    core = "The thread had a core to itself, by real-time priority" if rows[0]["own_core"] else "The thread shared its core with other programs"
    return ("<h2>One token alone</h2><p>One thread has one token answered, pauses for 20 to 100 µs, and goes on with the next: nothing waits behind anything. “The "
            "clock alone” reads the clock for as long as a token takes, and shows what the machine itself adds. “After other work” means that 2 MiB "
            f"of memory were written before each token. {core}. Turns during which the system gave the core to another program all the same are left out, whosever turn it "
            "was; the last columns have all turns. “Of a worker’s” is the median over the rounds of the ratio of the two medians.</p>" + "".join(tables))


def latency(result):
    rows = result.of("latency")
    if not rows:
        return ""
    names = list(dict.fromkeys(row["name"] for row in rows))
    parts = ["<h2>Latency under load</h2>",
             f"<p>Tokens arrive one at a time, at random, on {rows[0]['threads']} threads together, whether or not the one before is done; latency counts from "
             "the time of arrival to the verdict. Points at which less than 95% of the load was carried are left out: there the queue grows "
             "for as long as the load lasts. “Nothing” is the same harness with no validation: what the machine itself adds. Each thread has a core "
             "to itself. Rounds in which the system gave one to another program all the same are left out wherever three others or more are "
             "there; the tables have the p99 of all rounds too.</p>",
             charts.legend(names)]
    for alg in ALGS:
        parts.append(f'<h3>{alg}</h3><div class="row">')
        for key, what in (("p50_us", "p50"), ("p99_us", "p99"), ("p999_us", "p99.9")):
            series = [(name, [(row["offered_per_s"], row[key]) for row in rows
                              if row["alg"] == alg and row["name"] == name and row["answered_per_s"] >= 0.95 * row["offered_per_s"]]) for name in names]
            if any(values for _, values in series):
                parts.append(charts.lines(series, what, "tokens/s offered", "µs", log_x=True, log_y=True, width=310, height=250,
                                          guide=(60, "60 µs") if key == "p99_us" else None))
        parts.append("</div>")
    head = ["", "offered/s", "answered/s", "p50 µs", "p99 µs", "p99.9 µs", "tokens", "rounds", "dropped", "p99 µs of all rounds"]
    for alg in ALGS:
        body = [(html.escape(row["name"]), count(row["offered_per_s"]), count(row["answered_per_s"]), f"{row['p50_us']:.1f}", f"{row['p99_us']:.1f}",
                 f"{row['p999_us']:.1f}", count(row["answered"]), str(row["rounds"]) + ("" if row["undisturbed"] else " (disturbed)"), str(row["rounds_dropped"]), f"{row['p99_of_all_rounds_us']:.1f}") for row in rows if row["alg"] == alg]
        parts.append(f"<details><summary>{alg}: all figures</summary>{table(head, body)}</details>")
    return "".join(parts)


def plain(result, section, title, intro, base):
    """A table of one section for both algorithms, each row beside the section's first of its algorithm."""
    rows = result.of(section)
    if not rows:
        return ""
    first = {}
    body = []
    for row in rows:
        reference = first.setdefault(row["alg"], row)
        relative = row["tokens_per_s"] / reference["tokens_per_s"]
        extra = f", {row['rotations_per_s']} rotations/s reached" if "rotations_per_s" in row else ""
        name = html.escape(row["name"] + extra)
        # Within the noise of two medians, a row is not called slower.
        slower = section == "hostile" and relative < 0.97
        body.append((row["alg"], name, count(row["tokens_per_s"]), f"{row['ns_per_token']:.0f}", f"{relative:.2f}×",
                     '<span class="slow">slower than valid</span>' if slower else ""))
    return f"<h2>{title}</h2><p>{intro}</p>" + table(["", "", "tokens/s", "ns a token", base, ""], body)


def page(result):
    r = Result(result)
    warn = '<p class="warn">A smoke run: it shows that everything runs, and its figures mean nothing.</p>' if result["smoke"] else ""
    about = table(["", ""], [("CPU", html.escape(result["cpu"])), ("cores of the machine", str(result["cores"])), ("signature kernel", result["kernel"]),
                             ("compiler", html.escape(result["compiler"])), ("commit", result["commit"]), ("system", html.escape(f"{result['os']}, Linux {result['linux']}")),
                             ("date", result["date"])])
    body = [
        "<h1>Assay: benchmark report</h1>", warn, about, tiles(r), libraries(r), gateways(r), aims(r), stages(r), batches_and_threads(r), alone(r), latency(r),
        plain(r, "size", "By size", "Distinct valid tokens, batches of 256. (An RS256 signature with the least claims is longer than 400 bytes.)", "of the first"),
        plain(r, "repeat", "Repeated tokens", "Nine of ten tokens from a hot set of 64, with and without the verdict cache. The 2,048 tokens together are more than the cache holds.", "of distinct"),
        plain(r, "hostile", "Hostile tokens", "Every token hostile, of one kind; each verdict is held against the reason that it must have. A hostile token must never cost more than a valid one.", "of valid"),
        plain(r, "keys", "By number of keys", "Tokens of all keys by turns; up to 250 keys an issuer, with the default memory for key tables.", "of one key"),
        plain(r, "rotation", "Keys that rotate", "Another thread publishes a new key set every millisecond, or as often as it can make the new key ready.", "of no rotation"),
        "<h2>How this was measured</h2><p>On one machine, in one run: <code>tools/bench</code> installs what is missing, builds, measures and writes this page and the "
        "JSON beside it. Every contender has a short slice in every round, so that all of them share what else the machine does; figures are "
        "medians over the rounds. Rows of one thread go by that thread’s processor time, which on an idle machine is the clock’s; rows of "
        "several threads and all latencies go by the clock. Keys and tokens are made before anything is timed, no verdict is remembered from one call to the "
        "next unless a row says so, and a wrong verdict anywhere ends the run without a report.</p>",
    ]
    return ('<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
            f"<title>Assay: benchmark report</title><style>{STYLE}</style></head><body>" + "".join(body) + "</body></html>\n")
