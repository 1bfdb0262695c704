"""The figures that this project has set itself, each with its floor, out of a result's rows."""

ALGS = ["ES256", "RS256"]
# Own lines of Assay, and bare signature checks, are not among the libraries that it is compared with.
OWN = ("assay_batch", "assay_single")
BARE = ("bare_boringssl", "bare_openssl")
# Kinds of hostile tokens whose signature is checked like a valid one's, and fails.
FORGED = ("another subject", "one character of the signature")
NOISE = 0.03  # of a ratio of two medians; a ratio that should be 1 may miss it by so much


def others(rows, alg):
    """Libraries that take a token and say whether it is valid, fastest first."""
    found = [row for row in rows if row["section"] == "libraries" and row["alg"] == alg and row["key"] not in OWN + BARE]
    return sorted(found, key=lambda row: -row["tokens_per_core_s"])


def overhead(rows, alg):
    """Nanoseconds a token for everything but digest and signature."""
    return next((row["ns_without_signature"] for row in rows if row["section"] == "stages" and row["alg"] == alg and row["name"] == "whole"), None)


def table(rows):
    """One object a figure: what, alg, value, unit, floor, at_least (or else at most), stretch (may be None), met."""
    figures = []

    def add(what, alg, value, unit, floor, stretch=None, at_least=True, slack=0.0, note=""):
        if value is None:
            return
        met = value >= floor * (1 - slack) if at_least else value <= floor * (1 + slack)
        figures.append({"what": what, "alg": alg, "value": round(value, 3), "unit": unit, "floor": floor, "stretch": stretch,
                        "at_least": at_least, "met": met, "note": note})

    def of(section, alg, **wanted):
        return [row for row in rows if row["section"] == section and row["alg"] == alg and all(row.get(k) == v for k, v in wanted.items())]

    def rate(section, alg, **wanted):
        found = of(section, alg, **wanted)
        return found[0]["tokens_per_s"] if found else None

    def scaling(section, alg):
        return next((row["times_one_thread"] for row in of(section, alg, threads=2)), None)

    for alg, floor, stretch in (("ES256", 600_000, 1_000_000), ("RS256", 350_000, 450_000)):
        add("whole validation, one core, batches of 256", alg, rate("batch", alg, batch=256), "tokens/s", floor, stretch)
    for alg in ALGS:
        add("everything but digest and signature", alg, overhead(rows, alg), "ns a token", 300, 200, at_least=False)
    for alg in ALGS:
        add("repeated tokens, verdict cache on", alg, rate("repeat", alg, name="all repeated, verdict cache of 1 MiB"), "tokens/s", 4_000_000, 10_000_000)
    for alg in ALGS:
        valid = rate("hostile", alg, name="all valid")
        kinds = [row for row in of("hostile", alg) if "reason" in row]
        for what, forged in (("hostile by form, slowest kind against valid", False), ("forged signature, slowest kind against valid", True)):
            if kinds:
                slowest = min((row for row in kinds if (row["name"] in FORGED) == forged), key=lambda row: row["tokens_per_s"])
                add(what, alg, slowest["tokens_per_s"] / valid, "×", 1, slack=NOISE, note=slowest["name"])
    for alg, floor, stretch in (("ES256", 25, 48), ("RS256", 6, 10)):
        fastest = others(rows, alg)
        if fastest:
            add("against the fastest other library", alg, fastest[0]["assay_is_times_faster"], "×", floor, stretch, note=fastest[0]["name"])
    for alg in ALGS:
        add("2 threads against 1, whole validation", alg, scaling("threads", alg), "×", 1.9)
        add("2 threads against 1, signatures alone", alg, scaling("signature threads", alg), "×", 1.9, 1.98)
    for alg in ALGS:
        for row in of("alone", alg, name="Batcher::Submit", cold_caches=False):
            us = row["us"] if row["us"]["tokens"] > 0 else row["us_of_all_rounds"]
            add("one token alone through the Batcher, p99", alg, us["p99"], "µs", 60, 25, at_least=False,
                note=f"{us['tokens']:,} tokens, {row['rounds']} rounds, {row['rounds_dropped']} dropped")
            add("the same, median against a worker's own", alg, row["of_worker"], "×", 1, at_least=False, slack=NOISE)
        for row in of("gateways", alg, key="module"):
            add("nginx: more processor time than bare, without the engine's own", alg, row["more_than_bare_ns"] - row["engine_alone_ns"],
                "ns a request", 1000, at_least=False, note=f"batches of {row['tokens_per_batch']:.0f}")
            for bare in of("gateways", alg, key="bare"):
                add("nginx: p99 at half load, over bare nginx's", alg, row["half_load_p99_us"] - bare["half_load_p99_us"], "µs", 200, at_least=False)
    return figures


def number(value, unit=""):
    if unit == "×":
        return f"{value:.2f}" if value < 10 else f"{value:.1f}"
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def cells(figure):
    """What, alg, value, floor, stretch, whether met; as text."""
    sign = "≥" if figure["at_least"] else "≤"
    what = figure["what"] + (f" ({figure['note']})" if figure["note"] else "")
    stretch = f"{sign} {number(figure['stretch'])}" if figure["stretch"] else ""
    return (what, figure["alg"], f"{number(figure['value'], figure['unit'])} {figure['unit']}".replace(" ×", "×"), f"{sign} {number(figure['floor'])}", stretch, "met" if figure["met"] else "NOT MET")


def text(figures):
    lines = [("figure", "alg", "here", "floor", "stretch", "")] + [cells(figure) for figure in figures]
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in lines)
