"""`./otm eval`: how often the council is right, and what it costs, through the real service.

    otm-home --model URL-of-ollama-sim    (the real engine, adapter, store, portal)
        <- POST /api/prompts, GET /api/prompts/ID

For each regime of judges: N questions of the simulator's bank to each model alone and to each
preset. Everything follows from --seed: the same tree gives the same answers.
"""

import argparse
import hashlib
import json
import os
import pathlib
import sys
import tempfile
import time

from tests.e2e import home_driver
from tests.eval import figures, household, programs

REGIMES = ("mixed", "recall", "checkable")
BEGIN_MS = 1_767_225_600_000  # 2026-01-01: ids follow from the question, not from the clock.
RUN_PATIENCE_S = 900  # For one question, behind the whole queue.
TABLE_BEGINS = "<!-- ./otm eval --write begins -->"
TABLE_ENDS = "<!-- ./otm eval --write ends -->"


def ulid(number, *words):
    """The id of a question: its seeds follow from it."""
    digest = hashlib.sha256("/".join(map(str, words)).encode()).digest()
    value = ((BEGIN_MS + number) << 80) | int.from_bytes(digest[:10], "big")
    return "".join(home_driver.CROCKFORD[(value >> shift) & 31] for shift in range(125, -1, -5))


def said(answer, question):
    """The option that an answer names last."""
    places = {word: answer.rfind(word) for word in [question["right"], *question["wrong"]]}
    word, place = max(places.items(), key=lambda item: item[1])
    return word if place >= 0 else ""


def ask_all(home, preset, texts, tag):
    """The finished prompts, in the order of `texts`."""
    client = programs.Http(f"http://127.0.0.1:{home.port}")
    ids = []
    for number, text in enumerate(texts):
        body = {"id": ulid(number, tag, preset, text), "prompt": text, "preset": preset}
        end = time.monotonic() + RUN_PATIENCE_S
        while True:
            status, reply = client.call("POST", "/api/prompts", body)
            if status == 202:
                break
            # A loaded machine may say 503: it may be sent again, nothing is asked twice.
            if status != 503 or time.monotonic() > end:
                raise RuntimeError(f"POST /api/prompts gave {status}: {reply}")
            time.sleep(0.5)
        ids.append(body["id"])
    finished = []
    for prompt_id in ids:
        end = time.monotonic() + RUN_PATIENCE_S
        while True:
            status, prompt = client.call("GET", "/api/prompts/" + prompt_id)
            if status == 200 and home_driver.is_final(prompt):
                break
            if time.monotonic() > end:
                raise TimeoutError(f"{prompt_id} ({preset}) is not final after {RUN_PATIENCE_S} s")
            time.sleep(0.02)
        finished.append(prompt)
    client.close()
    return finished


def measure_singles(sim, questions):
    """{model: [right]}: each model alone, one answer to each question."""
    models = [model["name"] for model in sim.get("/api/tags")["models"]]
    return {
        model: [
            said(programs.chat(sim.http, model, question["text"], 1), question)
            == question["right"]
            for question in questions
        ]
        for model in models
    }


def measure_preset(sim, home, preset, questions, single):
    """What `preset` reaches, and what it costs a question."""
    sim.reset()
    prompts = ask_all(home, preset, [question["text"] for question in questions], "eval")
    stats = sim.stats()
    right = [
        said(prompt.get("answer", ""), question) == question["right"]
        for prompt, question in zip(prompts, questions, strict=True)
    ]
    results = [prompt.get("result") or {} for prompt in prompts]
    stories = list(stats["questions"].values())
    count = len(questions)
    return {
        **figures.scored(right),
        "over_best_single": [round(x, 4) for x in figures.paired_difference(right, single)],
        "calls": round(stats["calls"] / count, 3),
        "tokens": round(stats["tokens"] / count, 1),
        "prompt_tokens": round(stats["promptTokens"] / count, 1),
        "tokens_per_right": round(stats["tokens"] / max(1, sum(right)), 1),
        "loads": round(stats["loads"] / count, 3),
        "reloads": stats["reloads"],
        "seconds": round(stats["seconds"] / count, 2),
        "seconds_max": round(max(story["seconds"] for story in stories), 2),
        "first_token_seconds": round(max(story["firstTokenSeconds"] for story in stories), 2),
        "failed": sum(prompt["status"] == "FAILED" for prompt in prompts),
        "degraded": sum(result.get("quality") == "degraded" for result in results),
    }


def measure_regime(options, regime, presets):
    """All presets under one regime of judges."""
    with (
        tempfile.TemporaryDirectory(prefix="otm-eval-") as folder,
        programs.Sim(
            options.sim,
            *("--regime", regime, "--seed", str(options.seed), "--profile", options.profile),
            *("--cold-questions", "--faults=" + options.faults),
        ) as sim,
    ):
        questions = sim.questions(options.n)
        singles = measure_singles(sim, questions)
        best = max(singles, key=lambda model: sum(singles[model]))
        result = {
            "n": options.n,
            "best_single": {"model": best, **figures.scored(singles[best])},
            "singles": {model: figures.scored(right) for model, right in singles.items()},
            "presets": {},
        }
        home = start_home(options.home, os.path.join(folder, "home"), sim.url)
        try:
            for preset in presets or known_presets(home):
                begin = time.monotonic()
                result["presets"][preset] = measure_preset(
                    sim, home, preset, questions, singles[best]
                )
                note(f"{regime} {preset}: {time.monotonic() - begin:.0f} s, "
                     f"{figures.percent(result['presets'][preset])}")
        finally:
            home.stop()
    return result


def start_home(program, data, model_url):
    """An otm-home on this Ollama alone, ready."""
    os.makedirs(data, exist_ok=True)
    home = home_driver.Home(program, data, "--prompts-per-hour", "1000000", model=model_url)
    home.start()
    home_driver.until(
        lambda: home.request("GET", "/api/models")[1].get("state") == "READY", "the model is ready"
    )
    return home


def known_presets(home):
    _, reply = home.request("GET", "/api/council")
    return [preset["name"] for preset in reply["presets"]]


def note(text):
    print("eval: " + text, file=sys.stderr, flush=True)


def simulate(options):
    """The JSON of `./otm eval`: the first regime's result, and the others' under "regimes"."""
    presets = options.presets.split(",") if options.presets else []
    regimes = options.regimes.split(",")
    results = {regime: measure_regime(options, regime, presets) for regime in regimes}
    first = regimes[0]
    return {
        **results[first],
        "regime": first,
        "seed": options.seed,
        "profile": options.profile,
        "regimes": {regime: results[regime] for regime in regimes[1:]},
    }


def real(options):
    """The own questions to the models that a real Ollama has."""
    server = programs.Http(options.real, household.CALL_PATIENCE_S)
    status, tags = server.call("GET", "/api/tags")
    if status != 200 or not tags["models"]:
        raise RuntimeError(
            f"{options.real} lists no model; pull one, or see ./otm services up ollama"
        )
    questions = household.QUESTIONS[: options.n]
    singles = {}
    for model in [model["name"] for model in tags["models"]]:
        singles[model] = [
            household.is_right(programs.chat(server, model, question.text, 1), question)
            for question in questions
        ]
        note(f"{model} alone: {sum(singles[model])} of {len(questions)}")
    best = max(singles, key=lambda model: sum(singles[model]))
    result = {
        "n": len(questions),
        "best_single": {"model": best, **figures.scored(singles[best])},
        "singles": {model: figures.scored(right) for model, right in singles.items()},
        "presets": {},
    }
    with tempfile.TemporaryDirectory(prefix="otm-eval-") as folder:
        home = start_home(options.home, os.path.join(folder, "home"), options.real)
        try:
            for preset in options.presets.split(",") if options.presets else known_presets(home):
                prompts = ask_all(home, preset, [question.text for question in questions], "real")
                right = [
                    household.is_right(prompt.get("answer", ""), question)
                    for prompt, question in zip(prompts, questions, strict=True)
                ]
                took = [prompt.get("processingTimeMs", 0) / 1000 for prompt in prompts]
                result["presets"][preset] = {
                    **figures.scored(right),
                    "mcnemar_p": round(figures.mcnemar(right, singles[best]), 4),
                    "seconds": round(sum(took) / len(took), 2),
                    "failed": sum(prompt["status"] == "FAILED" for prompt in prompts),
                }
                note(f"{preset}: {figures.percent(result['presets'][preset])}")
        finally:
            home.stop()
    return result


def report(result):
    """The tables as Markdown."""
    if "regime" not in result:
        rows = [
            {
                "preset": name,
                "accuracy": figures.percent(preset),
                "McNemar p": preset["mcnemar_p"],
                "seconds": preset["seconds"],
                "failed": preset["failed"],
            }
            for name, preset in result["presets"].items()
        ]
        single = result["best_single"]
        head = f"Best single: {single['model']}, {figures.percent(single)}\n\n"
        return head + figures.table(rows)
    parts = []
    for regime, one in {result["regime"]: result, **result["regimes"]}.items():
        parts.append(f"Judges: {regime}; {one['n']} questions, bank {result['seed']}, "
                     f"profile {result['profile']}, cold start.\n\n"
                     + figures.table(figures.result_rows(one)))
    return "\n\n".join(parts)


def write_table(path, text):
    """Puts the tables between their marks in the page."""
    page = pathlib.Path(path).read_text(encoding="utf-8")
    head, rest = page.split(TABLE_BEGINS)
    _, tail = rest.split(TABLE_ENDS)
    pathlib.Path(path).write_text(
        f"{head}{TABLE_BEGINS}\n\n{text}\n\n{TABLE_ENDS}{tail}", encoding="utf-8"
    )


def parse(arguments):
    parser = argparse.ArgumentParser(prog="otm eval", description=__doc__.split("\n")[0])
    parser.add_argument("--n", type=int, default=1000, help="questions for each preset")
    parser.add_argument("--presets", default="", help="a,b; all of them without it")
    parser.add_argument("--regimes", default=",".join(REGIMES), help="of the judges")
    parser.add_argument("--seed", type=int, default=2, help="of the bank")
    parser.add_argument("--profile", default="gpu12", choices=("gpu12", "cpu6g"))
    parser.add_argument("--faults", default="", help="what goes wrong: bad-json=0.05,…")
    parser.add_argument("--json", action="store_true", help="JSON on stdout, no table")
    parser.add_argument(
        "--write",
        nargs="?",
        metavar="PAGE",
        const="docs/council.md",
        help="puts the tables into docs/council.md, or this page",
    )
    parser.add_argument(
        "--real",
        nargs="?",
        metavar="URL",
        const=os.environ.get("OTM_OLLAMA_URL", "http://127.0.0.1:11434"),
        help="own questions, on the models of an Ollama",
    )
    parser.add_argument("--home", required=True, help="the program otm-home")
    parser.add_argument("--sim", help="the program ollama-sim")
    return parser.parse_args(arguments)


def main(arguments):
    options = parse(arguments)
    result = real(options) if options.real else simulate(options)
    text = report(result)
    if options.write:
        write_table(options.write, text)
    print(json.dumps(result, indent=1) if options.json else text)


if __name__ == "__main__":
    main(sys.argv[1:])
