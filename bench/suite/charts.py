"""Inline SVG charts for the report: bars, stacked bars and lines. Text only, no scripts."""
import html
import math

PALETTE = ["#0b6e4f", "#c8553d", "#3d5a98", "#8a6d3b", "#7a4b9a", "#4f7f8c", "#b0883b", "#5c5c5c", "#a33b6b"]


def count(value):
    """1234567 as 1,234,567."""
    return f"{value:,.0f}"


def short(value):
    if value == int(value) and value < 10_000:
        return count(value)
    for limit, unit in ((1e6, "M"), (1e3, "k")):
        if value >= limit:
            return f"{value / limit:.3g}{unit}"
    return f"{value:.3g}"


def text(x, y, content, anchor="start", size=12, css=""):
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" {css}>{html.escape(str(content))}</text>'


def svg(width, height, parts, title):
    return (f'<svg viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" aria-label="{html.escape(title)}">'
            + "".join(parts) + "</svg>")


def bars(rows, title, unit):
    """rows: (label, note, value, low, high, strong). One bar each, with a whisker between the quartiles."""
    left, width, step = 190, 760, 30
    room = width - left - 170
    top = max(high for _, _, _, _, high, _ in rows)
    parts = []
    for i, (label, note, value, low, high, strong) in enumerate(rows):
        y = 6 + i * step
        scale = room / top
        colour = PALETTE[0] if strong else "#9aa5ab"
        parts.append(text(left - 8, y + 14, label, "end", 12, 'font-weight="600"' if strong else ""))
        parts.append(f'<rect x="{left}" y="{y}" width="{max(value * scale, 1):.1f}" height="20" fill="{colour}"/>')
        parts.append(f'<line x1="{left + low * scale:.1f}" x2="{left + high * scale:.1f}" y1="{y + 10}" y2="{y + 10}" stroke="#000" stroke-opacity=".6"/>')
        parts.append(text(left + max(value, high) * scale + 6, y + 14, f"{count(value)}{unit}{note}"))
    return svg(width, 6 + len(rows) * step, parts, title)


def stacked(rows, title, unit):
    """rows: (label, [(name, value)]). Segments in the order given, the same colour for the same name."""
    left, width, step = 110, 760, 56
    room = width - left - 110
    top = max(sum(value for _, value in segments) for _, segments in rows)
    names = list(dict.fromkeys(name for _, segments in rows for name, _ in segments))
    parts = []
    for i, (label, segments) in enumerate(rows):
        x, y = float(left), 6 + i * step
        parts.append(text(left - 8, y + 20, label, "end"))
        for name, value in segments:
            extent = value / top * room
            parts.append(f'<rect x="{x:.1f}" y="{y}" width="{extent:.1f}" height="30" fill="{PALETTE[names.index(name) % len(PALETTE)]}"><title>{html.escape(name)}: {value:.0f}{unit}</title></rect>')
            if extent > 34:
                parts.append(text(x + extent / 2, y + 20, f"{value:.0f}", "middle", 11, 'fill="#fff"'))
            x += extent
        parts.append(text(x + 6, y + 20, f"{sum(value for _, value in segments):.0f}{unit}"))
    y = 6 + len(rows) * step
    x = float(left)
    for i, name in enumerate(names):
        extent = 22 + 7 * len(name)
        if x + extent > width:
            x, y = float(left), y + 20
        parts.append(f'<rect x="{x:.1f}" y="{y}" width="11" height="11" fill="{PALETTE[i % len(PALETTE)]}"/>')
        parts.append(text(x + 16, y + 10, name, size=11))
        x += extent + 8
    return svg(width, y + 20, parts, title)


def ticks(low, high, log):
    if not log:
        step = 10 ** math.floor(math.log10(high))
        step = next(s for s in (step / 5, step / 2, step, 2 * step) if high / s <= 6)
        return [i * step for i in range(int(high / step) + 1)]
    return [10 ** i for i in range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1) if low <= 10 ** i <= high]


def lines(series, title, x_label, y_label, x_ticks=None, log_x=False, log_y=False, width=470, height=290, guide=None):
    """series: (name, [(x, y)]). `guide`: (y, text), a dashed line."""
    left, right, above, below = 52, 18, 24, 40
    points = [point for _, values in series for point in values]
    x_low, x_high = min(x for x, _ in points), max(x for x, _ in points)
    y_high = max([y for _, y in points] + ([guide[0]] if guide else [])) * (1.5 if log_y else 1.08)
    y_low = min(y for _, y in points) / 1.3 if log_y else 0

    def place(value, low, high, log):
        if log:
            value, low, high = math.log(value), math.log(low), math.log(high)
        return (value - low) / (high - low) if high > low else 0.5

    def at(x, y):
        return (left + place(x, x_low, x_high, log_x) * (width - left - right),
                height - below - place(y, y_low, y_high, log_y) * (height - above - below))

    parts = [text(left, 14, title, size=12, css='font-weight="600"')]
    for tick in ticks(y_low, y_high, log_y):
        y = at(x_low, tick)[1] if tick > 0 or not log_y else 0
        parts.append(f'<line x1="{left}" x2="{width - right}" y1="{y:.1f}" y2="{y:.1f}" stroke="#ddd"/>')
        parts.append(text(left - 5, y + 4, short(tick), "end", 10))
    for tick in x_ticks or ticks(x_low, x_high, log_x):
        x = at(tick, max(y_low, 1e-9))[0]
        parts.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{height - below}" y2="{height - below + 4}" stroke="#888"/>')
        parts.append(text(x, height - below + 16, short(tick), "middle", 10))
    parts.append(text((left + width - right) / 2, height - 8, x_label, "middle", 11))
    parts.append(f'<text transform="translate(11 {(above + height - below) / 2}) rotate(-90)" text-anchor="middle" font-size="11">{html.escape(y_label)}</text>')
    if guide:
        y = at(x_low, guide[0])[1]
        parts.append(f'<line x1="{left}" x2="{width - right}" y1="{y:.1f}" y2="{y:.1f}" stroke="#c00" stroke-dasharray="4 3"/>')
        parts.append(text(width - right, y - 4, guide[1], "end", 10, 'fill="#c00"'))
    for i, (name, values) in enumerate(series):
        colour = PALETTE[i % len(PALETTE)]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in (at(*point) for point in values))
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        for point in values:
            x, y = at(*point)
            parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.6" fill="{colour}"><title>{html.escape(name)}: {count(point[0])}, {point[1]:,.6g}</title></circle>')
    return svg(width, height, parts, title)


def legend(names):
    return '<p class="legend">' + "".join(
        f'<span><i style="background:{PALETTE[i % len(PALETTE)]}"></i>{html.escape(name)}</span>' for i, name in enumerate(names)) + "</p>"
