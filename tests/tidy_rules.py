"""The project's own lints: what CONVENTIONS.md asks for and no compiler checks.

A rule looks at one file and yields findings; tests/tidy_test.py runs all of them over the tree and
holds each rule's text. A finding names what to write instead. Where a rule hurts a case, the line
(or the one above it) says so:

    int Wait(A a, B b, C c, D d, E e);  // tidy(parameters): the parts of
    condition_variable::wait_for
"""

import ast
import dataclasses
import pathlib
import re
import typing

from tests import cpp_scan

LINES_MAX = 500  # a file that fits in one sitting
MAIN_LINES_MAX = 80  # a main() builds and hands down; logic lives in libraries
FUNCTION_LINES_MAX = 60  # a screen
COLUMNS_MAX = 100  # two files side by side
PARAMETERS_MAX = 4  # more become a struct, whose fields have names at the call

CODE = {".cc", ".h", ".py", ".bzl"}
SIZED = CODE | {".js", ".mjs", ".css", ".html", ".sh", ".c"}


@dataclasses.dataclass(frozen=True)
class File:
    """A file of the tree: its path from the root, and its text."""

    path: str
    text: str

    @property
    def suffix(self):
        return pathlib.PurePosixPath(self.path).suffix

    @property
    def name(self):
        return pathlib.PurePosixPath(self.path).name

    @property
    def is_cpp(self):
        return self.suffix in (".cc", ".h") and not self.path.startswith("third_party/")

    @property
    def is_test(self):
        return (
            self.name.endswith(("_test.cc", "_test.py", "_test.mjs", "_fuzz.cc", "_bench.cc"))
            or self.path.startswith(("tests/", "lib/testing/"))
            or "/testdata/" in self.path
        )


class Finding(typing.NamedTuple):
    """Something to change, at a line that counts from 1."""

    path: str
    line: int
    rule: str
    message: str

    def __str__(self):
        return f"{self.path}:{self.line}: {self.message} [{self.rule}]"


def file_length(file):
    lines = file.text.count("\n")
    if file.suffix in SIZED and lines > LINES_MAX:
        yield 1, f"{lines} lines; at most {LINES_MAX}: split the file by idea"
    if file.name == "main.cc" and lines > MAIN_LINES_MAX:
        yield 1, f"{lines} lines; a main.cc has at most {MAIN_LINES_MAX}: move logic to a library"


def line_length(file):
    if file.suffix not in CODE or file.name == "curl_config.h":  # generated
        return
    for number, line in enumerate(file.text.split("\n"), 1):
        if len(line) > COLUMNS_MAX and " " in line.strip():  # one word cannot be broken
            yield number, f"{len(line)} columns; at most {COLUMNS_MAX}"


def function_length(file):
    for name, line, lines in _lengths(file):
        if lines > FUNCTION_LINES_MAX:
            yield line, f"{name} has {lines} lines; at most {FUNCTION_LINES_MAX}: name its steps"


def _lengths(file):
    if file.is_cpp:
        for f in cpp_scan.functions(file.text):
            yield f.name, f.line, f.lines
    elif file.suffix in (".py", ".bzl"):
        for node in ast.walk(ast.parse(file.text)):
            if isinstance(node, ast.FunctionDef):
                yield node.name, node.lineno, node.end_lineno - node.lineno + 1


def parameters(file):
    for f in _own_signatures(file):
        if len(f.parameters) > PARAMETERS_MAX:
            yield f.line, (
                f"{f.name} has {len(f.parameters)} parameters; at most {PARAMETERS_MAX}: "
                "make a struct, whose fields have names at the call"
            )


def bool_parameter(file):
    for f in _own_signatures(file):
        for p in f.parameters:
            if re.match(r"(const\s+)?bool\s+\w", p):
                yield f.line, (
                    f"{f.name}: `{p}` says nothing at the call; "
                    "take an enum class, as in Overwrite::kNever, or a named struct"
                )


def _own_signatures(file):
    """Functions whose parameters this file chose: a definition follows its declaration."""
    if file.is_cpp:
        yield from (
            f for f in cpp_scan.functions(file.text) if not f.foreign and "::" not in f.name
        )


# What not to call: (rule, pattern, where it is allowed, what to write instead).
_BANNED = [
    (
        "sleep",
        re.compile(r"\bsleep_(for|until)\b|\b(usleep|nanosleep|sleep)\s*\("),
        re.compile(r"lib/base/"),
        "only base::Clock sleeps: call clock.SleepFor(duration, stop), which FakeClock can step",
    ),
    (
        "now",
        re.compile(
            r"\b(system|steady|high_resolution)_clock::now\b|\bgettimeofday\s*\("
            r"|\btime\s*\((nullptr|NULL|0)\)"
        ),
        re.compile(r"lib/(base|testing)/|tests/|.*_(test|bench|fuzz)\.cc$"),
        "only base::Clock reads time: take a const Clock& and call UnixMs() or Monotonic()",
    ),
    (
        "console",
        re.compile(r"\bstd::(cout|cerr|clog)\b|(?<![\w:])(std::)?printf\s*\(|\bstd::print(ln)?\b"),
        re.compile(r".*main\.cc$|.*_(test|bench|fuzz)\.cc$|tests/|ops/output"),
        "libraries do not talk to the terminal: log through base::Log, or return the text",
    ),
    (
        "random",
        re.compile(r"\bstd::random_device\b|(?<![\w:.])s?rand\s*\("),
        re.compile(r"lib/base/"),
        "chance is passed in, so that a test can repeat it: take a seed",
    ),
    (
        "throw",
        re.compile(r"\bthrow\b"),
        re.compile(r".*_(test|fuzz)\.cc$|lib/testing/"),
        "expected failures are values: return base::Fail(); a broken invariant is CHECK()",
    ),
    (
        "format",
        re.compile(r"\bstd::(format|vformat)\b|#include <(format|print)>"),
        re.compile(r"$^"),
        "libstdc++ 12 has no std::format: use std::string, snprintf or fmt",
    ),
    (
        "expected",
        re.compile(r"\bstd::expected\b|#include <expected>"),
        re.compile(r"lib/base/result\.h$"),
        "name base::Result<T>; lib/base/result.h is the only place that knows std::expected",
    ),
    (
        "assert",
        re.compile(r"(?<![\w:.])assert\s*\(|#include <cassert>"),
        re.compile(r"$^"),
        "assert() is gone from optimised builds: use CHECK() of lib/base/check.h",
    ),
    (
        "using_namespace",
        re.compile(r"\busing namespace (?!std::(chrono_)?(string_(view_)?)?literals)"),
        re.compile(r"$^"),
        "name the few things that you use: `using base::Result;`",
    ),
]


def banned_calls(file):
    if not file.is_cpp:
        return
    code = cpp_scan.blank(file.text)
    for rule, pattern, allowed, instead in _BANNED:
        if not allowed.match(file.path):
            for match in pattern.finditer(code):
                yield code.count("\n", 0, match.start()) + 1, instead, rule


def header_form(file):
    if file.suffix != ".h" or not file.is_cpp:
        return
    if not file.text.startswith(("//", "/*")):
        yield 1, "a header begins with a comment: what callers may rely on (owner, threads, limits)"
    if not re.search(r"^#pragma once$", file.text, re.M):
        yield 1, "a header has #pragma once"


def markdown_title(file):
    if file.suffix != ".md":
        return
    fenced, titles = False, []
    for number, line in enumerate(file.text.split("\n"), 1):
        fenced ^= line.lstrip().startswith("```")
        if line.startswith("# ") and not fenced:
            titles.append(number)
    if titles[:1] != [1]:
        yield 1, "a Markdown file begins with its title: `# What it is about`"
    for number in titles[1:]:
        yield number, "a second title; one `#` a file, sections are `##`"


# With brackets, so that this file does not find itself.
_LATER = re.compile(r"\b(T[O]DO|F[I]XME|X[X]X)\b(?!\(\w+\): \S)")


def bare_todo(file):
    if file.suffix not in SIZED | {".bazel", ".BUILD", ".toml", ".md"}:
        return
    for number, line in enumerate(file.text.split("\n"), 1):
        if _LATER.search(line):
            yield number, "write TO" "DO(name): what, and when it stops being fine; or do it now"


def machine_path(file):
    if file.path.startswith("third_party/pistache/patches/"):
        return
    for number, line in enumerate(file.text.split("\n"), 1):
        if re.search(r"(?<![\w.~$}-])/(root|work)/", line):
            yield number, "a path of one machine; the tree must build and run everywhere"


def build_glob(file):
    if file.name != "BUILD.bazel" or file.path.startswith(("third_party/", "toolchains/")):
        return
    for match in re.finditer(r"\bglob\(", file.text):
        yield file.text.count(
            "\n", 0, match.start()
        ) + 1, "name the files: a glob hides what a target is made of"


def build_public(file):
    if (
        file.name != "BUILD.bazel"
        or "/" not in file.path
        or file.path.startswith(("third_party/", "toolchains/"))
    ):
        return
    for match in re.finditer(r'"//visibility:public"', file.text):
        yield file.text.count(
            "\n", 0, match.start()
        ) + 1, "name who may use it; only the root's aliases are public"


FILE_RULES = [
    file_length,
    line_length,
    function_length,
    parameters,
    bool_parameter,
    banned_calls,
    header_form,
    markdown_title,
    bare_todo,
    machine_path,
    build_glob,
    build_public,
]

# ---- Rules over the whole tree -------------------------------------------------------------------


def service_readme(files):
    """Every service says what it is."""
    paths = {f.path for f in files}
    for f in files:
        folder = str(pathlib.PurePosixPath(f.path).parent)
        service = f.name == "main.cc" and not folder.startswith(("tests", "third_party"))
        if service and f"{folder}/README.md" not in paths:
            yield f.path, 1, f"a service has {folder}/README.md: what it is, its flags, its limits"


_PORTS = re.compile(
    r"\bclass (\w+)(?: final)?\s*:\s*public (?:\w+::)*(Clock|Store|Bus|Model|HttpClient)\s*[{,]"
)


def contract_test(files):
    """Every implementation of a port passes the port's contract suite."""
    tests = "\n".join(
        f.text for f in files if f.name.endswith("_test.cc") and "contract" in f.text.lower()
    )
    for f in files:
        if f.suffix != ".h" or f.path.startswith(("tests/", "third_party/")):
            continue
        for match in _PORTS.finditer(cpp_scan.blank(f.text)):
            if not re.search(rf"\b{match[1]}\b", tests):
                line = f.text.count("\n", 0, match.start()) + 1
                yield f.path, line, (
                    f"{match[1]} implements {match[2]} without the contract test: run the suite of "
                    f"lib/testing/contract/ on it in a *_contract_test.cc beside it"
                )


_LIMIT = re.compile(r"\bconstexpr\b[^;=(]*?\b(k\w+Max)\b\s*=")


def limit_test(files):
    """Every limit that a header names is named by the test that goes to it and beyond.

    A limit inside a .cc is invisible to tests; readers see to that one.
    """
    tested = {name for f in files if f.is_test for name in re.findall(r"\bk\w+Max\b", f.text)}
    for f in files:
        if f.suffix != ".h" or not f.is_cpp or f.is_test:
            continue
        for match in _LIMIT.finditer(cpp_scan.blank(f.text)):
            if match[1] not in tested:
                line = f.text.count("\n", 0, match.start(1)) + 1
                yield f.path, line, f"no test names {match[1]}: test at it, below and above"


TREE_RULES = [service_readme, contract_test, limit_test]

# ---- Running them --------------------------------------------------------------------------------


def _excused(file, line, rule):
    lines = file.text.split("\n")
    near = lines[max(line - 2, 0) : line]
    return any(re.search(rf"tidy\({rule}\): \S", text) for text in near)


def check_file(file):
    """The findings of all file rules."""
    for rule in FILE_RULES:
        for line, message, *name in rule(file):
            name = name[0] if name else rule.__name__
            if not _excused(file, line, name):
                yield Finding(file.path, line, name, message)


def check_tree(files):
    """The findings of all rules on all files."""
    by_path = {f.path: f for f in files}
    for f in files:
        yield from check_file(f)
    for rule in TREE_RULES:
        for path, line, message in rule(files):
            if not _excused(by_path[path], line, rule.__name__):
                yield Finding(path, line, rule.__name__, message)
