"""A rough reader of C++ for tests/tidy_test.py: functions, their lengths, their parameters.

It knows braces, parentheses, comments and strings; that is enough for our own, formatted code.
Where it is unsure it reports nothing.
"""

import dataclasses
import re

_BLANKED = re.compile(
    r'R"(?P<d>[^()\s\\]{0,16})\(.*?\)(?P=d)"'  # raw string
    r'|"(?:\\.|[^"\\\n])*"'
    r"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'"  # not the ' of 64'000
    r"|//[^\n]*"
    r"|/\*.*?\*/",
    re.S,
)


def blank(text):
    """The text with comments and the insides of strings as spaces: same length, same lines."""

    def spaces(match):
        found = match[0]
        inner = re.sub(r"[^\n]", " ", found)
        if found[0] in "/'" or len(found) < 2:
            return inner
        return '"' + inner[1:-1] + '"'

    return _BLANKED.sub(spaces, text)


def drop_preprocessor(text):
    """Blanks preprocessor lines with their continuations: macros have braces of their own."""
    lines = re.compile(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", re.M)
    return lines.sub(lambda m: re.sub(r"[^\n]", " ", m[0]), text)


@dataclasses.dataclass
class Function:
    """A function that the file defines or declares."""

    name: str
    line: int  # of its name, 1-based
    lines: int  # from the name to the closing brace; 1 for a declaration
    parameters: list  # their texts
    foreign: bool  # somebody else chose the parameters: an override, main(), a macro such as TEST()


_SCOPE = re.compile(
    r"(template\s*<.*>\s*)?(inline\s+|typedef\s+)*"
    r'((namespace|class|struct|union|enum)\b|extern\s*")',
    re.S,
)
_ACCESS = re.compile(r"\s*((public|protected|private)\s*:\s*)*")
_NAME = re.compile(r"((?:[A-Za-z_]\w*::)*(?:~?[A-Za-z_]\w*|operator\s*\S+?))\s*$")
_NOT_NAMES = {
    "alignas",
    "catch",
    "decltype",
    "explicit",
    "for",
    "if",
    "noexcept",
    "requires",
    "return",
    "sizeof",
    "static_assert",
    "switch",
    "while",
}


def split_arguments(text):
    """`a, std::map<b, c> d` -> its two parts: a comma within brackets does not count."""
    parts, depth, start = [], 0, 0
    for i, c in enumerate(text):
        if c in "(<[{":
            depth += 1
        elif c in ")]}" or (c == ">" and text[i - 1] != "-"):
            depth -= 1
        elif c == "," and depth == 0:
            parts.append(text[start:i].strip())
            start = i + 1
    last = text[start:].strip()
    return parts + [last] if last and last != "void" else parts


def _closing(text, opening):
    depth = 0
    for i in range(opening, len(text)):
        depth += {"(": 1, ")": -1}.get(text[i], 0)
        if depth == 0:
            return i
    return -1


def _header(statement):
    """(match of the name, parameters, what follows) of a function's head, else None."""
    opening = statement.find("(")
    name = _NAME.search(statement[:opening]) if opening > 0 else None
    end = _closing(statement, opening) if name else -1
    if end < 0 or name[1] in _NOT_NAMES or "=" in statement[: name.start()]:
        return None
    return name, split_arguments(statement[opening + 1 : end]), statement[end + 1 :]


def _function(statement, line_of):
    header = _header(statement)
    if not header:
        return None
    name, parameters, rest = header
    macro = re.fullmatch(r"[A-Z][A-Z0-9_]+", name[1])
    foreign = bool(macro) or name[1] == "main" or "override" in rest
    return Function(name[1], line_of(name.start(1)), 1, parameters, foreign)


def functions(source):
    """Every function of a C++ file, in order."""
    text = drop_preprocessor(blank(source))
    found, stack, start, parens = [], [], 0, 0
    for i, c in enumerate(text):
        parens += {"(": 1, ")": -1}.get(c, 0)
        if c not in "{};" or parens > 0:
            continue
        begin = start + _ACCESS.match(text[start:i]).end()
        statement = text[begin:i]
        start = i + 1
        outside = all(kind == "scope" for kind, _ in stack)
        scope = outside and _SCOPE.match(statement)
        function = None
        if outside and statement.startswith(","):
            function = found[-1] if found else None  # after x_{1} in a constructor's list
        elif outside and not scope:
            function = _function(statement, lambda at, b=begin: text.count("\n", 0, b + at) + 1)
            found += [function] if function else []
        if c == "{":
            stack.append(("scope" if scope else "body", function))
        elif c == "}" and stack:
            _, function = stack.pop()
            if function:
                function.lines = text.count("\n", 0, i) + 2 - function.line
    return found
