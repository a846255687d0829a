#!/usr/bin/env python3
"""Commit subjects have the form `area: what changes` and at most 72 characters.

tools/commit_check.py FILE         a message, as a commit-msg hook gets it
tools/commit_check.py [A..B]       the commits of a range; without one, the last commit
"""

import pathlib
import re
import subprocess
import sys

SUBJECT_MAX = 72  # what `git log --oneline` shows on a terminal of 80 columns
_SUBJECT = re.compile(r"[a-z][a-z0-9_./-]*(, [a-z][a-z0-9_./-]*)*: \S.*[^.\s]")


def problems(message):
    """What is wrong with a commit's message, one sentence each."""
    subject, _, rest = message.strip("\n").partition("\n")
    if subject.startswith(("Merge ", "Revert ")):
        return
    if len(subject) > SUBJECT_MAX:
        yield f"the subject has {len(subject)} characters; at most {SUBJECT_MAX}"
    if not _SUBJECT.fullmatch(subject):
        yield (
            "the subject is `area: what changes`, without a full stop,"
            " as in `http: bound the queue`"
        )
    if rest and not rest.startswith("\n"):
        yield "an empty line stands between subject and body"


def git(*args):
    return subprocess.run(["git", *args], check=True, capture_output=True, text=True).stdout


def main(args):
    if args and pathlib.Path(args[0]).is_file():
        text = pathlib.Path(args[0]).read_text(encoding="utf-8")
        messages = {"this commit": "\n".join(l for l in text.split("\n") if not l.startswith("#"))}
    else:
        commits = git("rev-list", *(args or ["-1", "HEAD"])).split()
        messages = {c[:9]: git("show", "-s", "--format=%B", c) for c in commits}
    wrong = [f"{c}: {p}" for c, message in messages.items() for p in problems(message)]
    for line in wrong:
        print(line, file=sys.stderr)
    print(f"{len(messages)} commits, {len(wrong)} findings")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
