"""Fetching and building programs from Maven, the Go module proxy and PyPI, pinned by hashes."""

import contextlib
import fcntl
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import time

from tests.services.server import ServiceError, last_lines

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
TOOL_S = 1800  # The longest is Ollama's build: 4 to 8 minutes of one idle core.
LOCK_S = 2400  # Another one may be at that, with more to follow.


@contextlib.contextmanager
def install_lock(cache):
    """One installation at a time: they share download folders."""
    cache.mkdir(parents=True, exist_ok=True)
    with open(cache / "install.lock", "w", encoding="ascii") as lock:
        end = time.monotonic() + LOCK_S
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError as error:
                if time.monotonic() > end:
                    raise ServiceError(
                        f"another installation has held {lock.name} for {LOCK_S} s; "
                        "end it, then start again"
                    ) from error
                time.sleep(0.2)
        yield


def run(argv, log, env=None, cwd=None):
    """Runs a tool; its output goes to the end of `log`. Gives its stdout."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with open(log, "ab") as output:
        output.write(f"$ {' '.join(map(str, argv))}\n".encode())
        output.flush()
        try:
            done = subprocess.run(
                argv,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=output,
                env={**os.environ, **(env or {})},
                cwd=cwd,
                timeout=TOOL_S,
                check=False,
            )
        except FileNotFoundError as error:
            raise ServiceError(
                f"there is no {argv[0]} here; ./otm services up installs the Debian package"
            ) from error
        except subprocess.TimeoutExpired as error:
            raise ServiceError(
                f"{argv[0]} was not done after {TOOL_S} s; does the registry answer? {log}"
            ) from error
        output.write(done.stdout)
    if done.returncode != 0:
        raise ServiceError(
            f"{argv[0]} failed with {done.returncode}; does the registry answer? "
            f"When it does, start again. The end of {log}:\n{last_lines(log)}"
        )
    return done.stdout.decode()


def digests(folder):
    """{path below the folder: sha256 in hex} of every file."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            with open(path, "rb") as file:
                found[path.relative_to(folder).as_posix()] = hashlib.file_digest(
                    file, "sha256"
                ).hexdigest()
    return found


def check_lock(folder, lock):
    """Every file of `folder` is one of `lock` (lines "SHA256  NAME"), and none is missing.

    OTM_SERVICES_LOCK=write writes the lock anew, for who changes a version.
    """
    have = digests(folder)
    if os.environ.get("OTM_SERVICES_LOCK") == "write":
        lock.write_text("".join(f"{have[name]}  {name}\n" for name in sorted(have)), "ascii")
        return
    want = {}
    for line in lock.read_text("ascii").splitlines():
        digest, _, name = line.partition("  ")
        want[name] = digest
    wrong = sorted(name for name in have | want if have.get(name) != want.get(name))
    if wrong:
        raise ServiceError(
            f"{len(wrong)} files are not those of {lock.name}, such as {wrong[0]}; nothing of them "
            "was run. Start again; if it stays so, the registry has changed what it serves"
        )


def maven(pom, cache, goal, **properties):
    """Runs a goal of the dependency plugin on locks/`pom`, with a repository of its own."""
    options = [f"-D{name}={value}" for name, value in properties.items()]
    run(
        [
            "mvn",
            "--batch-mode",
            "--quiet",
            f"--file={HERE / 'locks' / pom}",
            f"-Dmaven.repo.local={cache / 'maven'}",
            *options,
            f"org.apache.maven.plugins:maven-dependency-plugin:3.6.0:{goal}",
        ],
        cache / "logs" / f"{pom}.log",
    )


def jars(pom, lock, cache, target):
    """The run-time jars of locks/`pom` in the folder `target`, checked against locks/`lock`."""
    maven(pom, cache, "copy-dependencies", includeScope="runtime", outputDirectory=target)
    check_lock(target, HERE / "locks" / lock)


def javac(source, classpath, target, cache):
    """Compiles one of java/ into `target`."""
    run(
        ["javac", "-nowarn", "-proc:none", "-cp", f"{classpath}/*", "-d", target]
        + [HERE / "java" / source],
        cache / "logs" / f"{source}.log",
    )


class Go:
    """A Go that is new enough, as home/prepare_model.sh finds or fetches it."""

    def __init__(self, cache):
        self.folder = cache / "go"
        self.log = cache / "logs" / "go.log"
        self.folder.mkdir(parents=True, exist_ok=True)
        script = ROOT / "home" / "prepare_model.sh"
        answer = run(["sh", script, self.folder, "go"], self.log).splitlines()[-1]
        toolchain, self.program = answer.split(" ", 1)
        self.env = {
            "GOTOOLCHAIN": toolchain,
            "GOMODCACHE": str(self.folder / "modules"),
            "GOCACHE": str(self.folder / "build-cache"),
            "GOFLAGS": "-modcacherw",
            "CGO_ENABLED": "0",
        }

    def __call__(self, *arguments, cwd=None):
        return run([self.program, *arguments], self.log, self.env, cwd)

    def build(self, source, output, cwd=None):
        self(
            "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", output, source, cwd=cwd
        )

    def module(self, path, version, digest):
        """The folder with the module's source, which has to have this h1: digest."""
        with tempfile.TemporaryDirectory(dir=self.folder) as scratch:
            self("mod", "init", "scratch", cwd=scratch)
            self("mod", "edit", f"-require={path}@{version}", cwd=scratch)
            module = json.loads(self("mod", "download", "-json", f"{path}@{version}", cwd=scratch))
        if module["Sum"] != digest:
            raise ServiceError(
                f"{path} {version} is not the one expected ({module['Sum']}); nothing of it was run"
            )
        return pathlib.Path(module["Dir"])

    def tidy(self):
        """Drops what is of no use once the programs are built: some 700 MB."""
        shutil.rmtree(self.folder / "modules", ignore_errors=True)
        shutil.rmtree(self.folder / "build-cache", ignore_errors=True)
