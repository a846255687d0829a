#!/usr/bin/env python3
"""debian.toml -> debian.lock.json: version, path, size, SHA-256 of every Debian file we fetch.

  toolchains/lock.py            # writes the lock and prints what changed
  toolchains/lock.py --check    # writes nothing; exit code 1 where the mirror has moved on

The indexes come through apt, which checks Debian's signature on them, from the mirror that this
machine's own apt configuration names. Nothing on the machine changes: apt works in a temporary
folder. No host name is written. Python 3.11 and its standard library; needs no root.
"""

import json
import pathlib
import re
import subprocess
import sys
import tempfile
import tomllib

HERE = pathlib.Path(__file__).resolve().parent
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"


class LockError(Exception):
    """What is wrong, and the next step, for the person at the terminal."""


def stanzas(text):
    """The stanzas of an index as dictionaries; continuation lines keep their newlines."""
    for block in text.split("\n\n"):
        fields, key = {}, None
        for line in block.splitlines():
            if line[0] in " \t":
                fields[key] += "\n" + line.strip()
            else:
                key, _, value = line.partition(":")
                fields[key] = value.strip()
        if fields:
            yield fields


def binary_entries(group, names, index, arch):
    """Lock entries of one group's packages for one architecture."""
    found = {}
    for s in stanzas(index):
        if s["Package"] in names and s["Architecture"] in (arch, "all"):
            found[s["Package"]] = {
                "group": group,
                "arch": arch,
                "name": s["Package"],
                "version": s["Version"],
                "filename": s["Filename"],
                "size": int(s["Size"]),
                "sha256": s["SHA256"],
            }
    require_all(names, found, f"{group}, {arch}")
    return list(found.values())


def source_entries(names, index, suite):
    """Lock entries of source packages: upstream's archive and Debian's patches, one each."""
    entries = []
    for s in stanzas(index):
        if s["Package"] not in names:
            continue
        for line in s["Checksums-Sha256"].split("\n"):
            sha256, size, name = line.split() if line else ("", "0", "")
            if re.search(r"\.(orig|debian)\.tar\.(xz|gz|bz2)$", name):
                entries.append(
                    {
                        "group": "source",
                        "arch": "source",
                        "name": s["Package"],
                        "version": s["Version"],
                        "filename": f"{s['Directory']}/{name}",
                        "size": int(size),
                        "sha256": sha256,
                    }
                )
    require_all(names, {e["name"] for e in entries}, f"sources, {suite}")
    return entries


def require_all(names, found, where):
    """Fails when the index lacks a package of debian.toml."""
    absent = sorted(set(names) - set(found))
    if absent:
        raise LockError(
            f"not in Debian ({where}): {', '.join(absent)}; correct the name in debian.toml"
        )


def render(suite, entries):
    """The lock's text: one line a file, so that a review sees a line for each moved pin."""
    entries = sorted(entries, key=lambda e: (e["group"], e["arch"], e["name"], e["filename"]))
    lines = ",\n".join("  " + json.dumps(e) for e in entries)
    return f'{{\n "suite": {json.dumps(suite)},\n "files": [\n{lines}\n ]\n}}\n'


def changes(old, new):
    """What moved between two locks (their parsed texts), one line each; empty when nothing did."""

    def by_place(lock):
        place = {}
        for e in lock["files"]:
            kind = "debian" if ".debian.tar" in e["filename"] else "main"
            place[(e["group"], e["arch"], e["name"], kind)] = e
        return place

    before, after = by_place(old), by_place(new)
    lines = []
    for key in sorted(before.keys() | after.keys()):
        was, now = before.get(key), after.get(key)
        if was == now:
            continue
        what = f"{key[2]} ({key[0]}, {key[1]})"
        if not was:
            lines.append(f"added    {what} {now['version']}")
        elif not now:
            lines.append(f"removed  {what} {was['version']}")
        else:
            lines.append(f"moved    {what} {was['version']} -> {now['version']}")
    return lines


def mirror(suite):
    """The base URL that apt on this machine uses for the suite."""
    args = ["apt-get", "--print-uris", "update"]
    uris = subprocess.run(args, check=True, capture_output=True, text=True).stdout
    found = re.search(rf"^'(.*)/dists/{re.escape(suite)}/InRelease' ", uris, re.M)
    if not found:
        raise LockError(f"apt here has no source for {suite}; add one to /etc/apt/sources.list")
    return found[1]


def fetch_indexes(tmp, base, spec):
    """One private `apt-get update`; returns {arch: Packages} and {suite: Sources} as texts."""
    for d in ("lists/partial", "cache/archives/partial", "etc"):
        (tmp / d).mkdir(parents=True)
    (tmp / "status").touch()
    archs = sorted({a for g in spec["binary"].values() for a in g["architectures"]})
    wanted = [("deb", spec["suite"])] + [("deb-src", s) for s in spec["source"]]
    lines = [f"{kind} [signed-by={KEYRING}] {base} {suite} main\n" for kind, suite in wanted]
    (tmp / "etc/sources.list").write_text("".join(lines))
    options = {
        "Dir::State": tmp,
        "Dir::State::lists": tmp / "lists",
        "Dir::State::status": tmp / "status",
        "Dir::Cache": tmp / "cache",
        "Dir::Etc::sourcelist": tmp / "etc/sources.list",
        "Dir::Etc::sourceparts": "/dev/null",
        "Dir::Etc::preferencesparts": "/dev/null",
        "APT::Sandbox::User": "",
        "APT::Architecture": "amd64",
        "APT::Architectures": "",
        "Acquire::Languages": "none",
        "Acquire::GzipIndexes": "false",
        "Debug::NoLocking": "1",
    }
    args = [f"-o{key}={value}" for key, value in options.items()]
    args += [f"-oAPT::Architectures::={a}" for a in archs]
    subprocess.run(["apt-get", "-qq", *args, "update"], check=True)

    def read(pattern):
        return next((tmp / "lists").glob(pattern)).read_text(encoding="utf-8")

    packages = {a: read(f"*_main_binary-{a}_Packages") for a in archs}
    sources = {s: read(f"*_dists_{s}_main_source_Sources") for s in spec["source"]}
    return packages, sources


def held_entry(tmp, base, held):
    """The lock entry of a file that no index lists, after downloading and comparing it."""
    file = tmp / "held"
    url, pin = f"{base}/{held['filename']}", f"SHA256:{held['sha256']}"
    args = ["/usr/lib/apt/apt-helper", "-qq", "-oAPT::Sandbox::User=", "download-file"]
    if subprocess.run([*args, url, str(file), pin], check=False).returncode != 0:
        raise LockError(f"{held['filename']} is gone or different; see its remark in debian.toml")
    file.unlink()
    return {"group": "source", "arch": "source"} | held


def current_entries(spec):
    """Every entry as the mirror has it now."""
    base = mirror(spec["suite"])
    with tempfile.TemporaryDirectory() as folder:
        tmp = pathlib.Path(folder)
        packages, sources = fetch_indexes(tmp, base, spec)
        entries = []
        for group, wanted in spec["binary"].items():
            for arch in wanted["architectures"]:
                entries += binary_entries(group, wanted["packages"], packages[arch], arch)
        for suite, names in spec["source"].items():
            entries += source_entries(names, sources[suite], suite)
        return entries + [held_entry(tmp, base, held) for held in spec["held"]]


def main(args):
    if args not in ([], ["--check"]):
        raise LockError("usage: toolchains/lock.py [--check]")
    spec = tomllib.loads((HERE / "debian.toml").read_text(encoding="utf-8"))
    path = HERE / "debian.lock.json"
    old = path.read_text(encoding="utf-8") if path.exists() else '{"files": []}'
    new = render(spec["suite"], current_entries(spec))
    for line in changes(json.loads(old), json.loads(new)):
        print(line)
    if new == old:
        print("the lock is current")
    elif not args:
        path.write_text(new, encoding="utf-8")
    else:
        print("the mirror has moved on; run toolchains/lock.py and review the diff")
    return 1 if args and new != old else 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except LockError as error:
        sys.exit(f"lock.py: {error}")
