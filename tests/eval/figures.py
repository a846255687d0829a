"""What is computed from right and wrong answers, and how it is shown. Pure."""

import math

Z_95 = 1.959964  # Of the normal distribution, two-sided.


def wilson(right, total):
    """The 95% interval of a share (Wilson 1927)."""
    if total == 0:
        return (0.0, 1.0)
    share, square = right / total, Z_95 * Z_95
    centre = share + square / (2 * total)
    spread = Z_95 * math.sqrt(share * (1 - share) / total + square / (4 * total * total))
    scale = 1 + square / total
    return (max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale))


def mcnemar(first, second):
    """The exact two-sided p that two lists of right (True) and wrong differ only by chance."""
    only_first = sum(a and not b for a, b in zip(first, second, strict=True))
    only_second = sum(b and not a for a, b in zip(first, second, strict=True))
    total = only_first + only_second
    if total == 0:
        return 1.0
    least = min(only_first, only_second)
    tail = sum(math.comb(total, k) for k in range(least + 1)) / 2**total
    return min(1.0, 2 * tail)


def paired_difference(first, second):
    """(difference of the shares of right ones, its 95% half-width), question by question."""
    total = len(first)
    deltas = [int(a) - int(b) for a, b in zip(first, second, strict=True)]
    mean = sum(deltas) / total
    variance = sum((delta - mean) ** 2 for delta in deltas) / max(1, total - 1)
    return mean, Z_95 * math.sqrt(variance / total)


def scored(right):
    """{"accuracy", "ci"} of a list of right (True) and wrong."""
    low, high = wilson(sum(right), len(right))
    return {"accuracy": round(sum(right) / len(right), 4), "ci": [round(low, 4), round(high, 4)]}


def table(rows):
    """Markdown from [{column: text}], columns as in the first row; the first is left-aligned."""
    columns = list(rows[0])
    lines = [
        "| " + " | ".join(columns) + " |",
        "|---|" + "---:|" * (len(columns) - 1),
    ]
    lines += ["| " + " | ".join(str(row[column]) for column in columns) + " |" for row in rows]
    return "\n".join(lines)


def result_rows(result):
    """The rows of one regime's table."""
    single = result["best_single"]
    rows = [
        {
            "preset": f"best single ({single['model']})",
            "accuracy": percent(single),
            "over best single": "",
            "calls": "1.0",
            "tokens": "250",
            "tokens per right": f"{250 / single['accuracy']:.0f}" if single["accuracy"] else "-",
            "loads": "",
            "seconds": "",
            "first token, s": "",
            "failed": "",
        }
    ]
    for name, preset in result["presets"].items():
        delta, half = preset["over_best_single"]
        rows.append(
            {
                "preset": f"`{name}`",
                "accuracy": percent(preset),
                "over best single": f"{100 * delta:+.1f} ± {100 * half:.1f}",
                "calls": f"{preset['calls']:.1f}",
                "tokens": f"{preset['tokens']:.0f}",
                "tokens per right": f"{preset['tokens_per_right']:.0f}",
                "loads": f"{preset['loads']:.2f}",
                "seconds": f"{preset['seconds']:.1f}",
                "first token, s": f"{preset['first_token_seconds']:.1f}",
                "failed": str(preset["failed"]),
            }
        )
    return rows


def percent(scores):
    low, high = scores["ci"]
    return f"{100 * scores['accuracy']:.1f}% ({100 * low:.1f}–{100 * high:.1f})"
