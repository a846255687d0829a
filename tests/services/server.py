"""What every test server has in common: an installed program, a run folder, ports, a process.

Nothing here knows a product. A server listens on loopback only; its ports are picked by the kernel
and kept in its state file, so that it comes back where it was after a kill.
"""

import collections
import dataclasses
import hashlib
import json
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import time

STOP_S = 30  # A JVM that closes its files; then it is killed.
PORT_MIN = 10_000  # Below it products live that a machine may have.
PORTS_MIN = 1_000  # With fewer to choose from, two that choose at once meet too often.
PORT_TRIES = 3  # Another program may take a port between its choice and the server's bind.
LOG_BYTES_MAX = 10 << 20  # A log that is larger is put aside at the next start.
LAST_LINES = 12  # Of a log, in an error message.


class ServiceError(Exception):
    """Something a person has to know; the text ends with what to do."""


@dataclasses.dataclass
class Command:
    """A process of a server: its name, what runs it, and when it serves."""

    name: str
    argv: list
    ready: object  # () -> bool; called until it says yes.
    env: dict = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class Place:
    """Where servers lie: programs that all share, and the state of one group of servers."""

    cache: pathlib.Path
    run: pathlib.Path


def process_fields(pid):
    """Of /proc/PID/stat, from the state letter on; a zombie's when there is no such process."""
    try:
        stat = pathlib.Path(f"/proc/{pid}/stat").read_text("utf-8", "replace")
    except OSError:
        return ["Z"]
    return stat.rpartition(")")[2].split()


def start_time(pid):
    """When process `pid` began, in ticks since boot; None when there is none, or only a zombie."""
    fields = process_fields(pid)
    return None if fields[0] == "Z" else int(fields[19])


def memory_kb(pid):
    """Resident memory of `pid` and its children, in KiB."""
    total = 0
    try:
        for line in pathlib.Path(f"/proc/{pid}/status").read_text("utf-8").splitlines():
            if line.startswith("VmRSS:"):
                total = int(line.split()[1])
        for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text("ascii").split():
                total += memory_kb(int(child))
    except OSError:
        pass
    return total


def listening_range():
    """Ports that the system gives to no outgoing connection; empty where there are too few."""
    try:
        text = pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range").read_text("ascii")
    except OSError:
        return range(0)
    ports = range(PORT_MIN, int(text.split()[0]))
    return ports if len(ports) >= PORTS_MIN else range(0)


def free_ports(count):
    """`count` ports of 127.0.0.1 that are free now, all different.

    If possible not those that outgoing connections are given, which might have a server's port
    while it is started again.
    """
    wanted = listening_range()
    probes = []
    try:
        while len(probes) < count:
            probe = socket.socket()
            try:
                probe.bind(("127.0.0.1", random.choice(wanted) if wanted else 0))
                probes.append(probe)
            except OSError:  # It is taken: another one.
                probe.close()
                if not wanted:
                    raise
        return [probe.getsockname()[1] for probe in probes]
    finally:
        for probe in probes:
            probe.close()


def answers(port):
    """Whether something listens on 127.0.0.1:`port`."""
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    except OSError:
        return False


def last_lines(path, count=LAST_LINES):
    """The end of a log, for an error message."""
    try:
        with open(path, encoding="utf-8", errors="replace") as lines:
            return "".join(collections.deque(lines, count)).rstrip()
    except OSError as error:
        return f"({path}: {error.strerror})"


class Server:
    """One server of one group. Subclasses name the product; the CLI and the tests call the verbs.

    Every verb may be repeated. Not for several threads. A verb blocks for at most the bounds named
    here, and raises ServiceError, whose text says what to do.
    """

    name = ""
    ports = ()  # Names of the ports that it needs.
    start_s = 60  # Until it serves; a loaded machine takes several times as long as an idle one.
    recipe = ()  # Files beside this one that make up its installation.
    data = ("data",)  # What `wipe` deletes in the run folder.

    def __init__(self, place):
        self.place = place
        self.run = place.run / self.name
        self.children = {}  # Those started here; they have to be waited for.

    # What a subclass says.

    def build(self, target):
        """Installs the program into the empty folder `target`."""
        raise NotImplementedError

    def prepare(self):
        """Writes configuration and first data into the run folder, before every start."""

    def commands(self):
        """The processes, in the order of their start."""
        raise NotImplementedError

    def after_start(self):
        """Anything to be done on a running server before it is of use."""

    def environment(self):
        """What tests need to find it: {variable: value}."""
        return {}

    # Installing.

    @property
    def program(self):
        """Where it is installed; another recipe is another folder."""
        digest = hashlib.sha256()
        for name in self.recipe:
            file = pathlib.Path(__file__).parent / name
            digest.update(file.read_bytes() if file.exists() else b"")  # A lock to be written.
        return self.place.cache / "programs" / f"{self.name}-{digest.hexdigest()[:12]}"

    def installed(self):
        return self.program.is_dir()

    def install(self):
        if self.installed():
            return
        fresh = self.program.with_suffix(".new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(parents=True)
        self.build(fresh)
        fresh.rename(self.program)

    # State.

    @property
    def state_file(self):
        return self.run / "state.json"

    @property
    def state(self):
        """{"ports": {name: number}, "processes": {name: {"pid", "start_time"}}}"""
        try:
            return json.loads(self.state_file.read_text("utf-8"))
        except (OSError, ValueError):
            return {"ports": {}, "processes": {}}

    def save(self, **changes):
        fresh = self.state_file.with_suffix(".new")
        fresh.write_text(json.dumps({**self.state, **changes}, indent=2) + "\n", "utf-8")
        fresh.rename(self.state_file)

    def port(self, name):
        return self.state["ports"][name]

    def log(self, process_name):
        return self.run / f"{process_name}.log"

    def pids(self):
        """{name: pid} of what runs; a number that the system gave to another program is not it."""
        return {
            name: process["pid"]
            for name, process in self.state["processes"].items()
            if start_time(process["pid"]) == process["start_time"]
        }

    def up(self):
        """Whether all its processes run."""
        pids = self.pids()
        return bool(pids) and len(pids) == len(self.state["processes"])

    # Verbs.

    def start(self):
        if self.up():
            return
        self.install()
        self.halt(signal.SIGKILL)  # A part of it may have outlived another.
        self.run.mkdir(parents=True, exist_ok=True)
        fixed = bool(self.state["ports"])  # Clients know them: it has to come back there.
        for attempt in range(PORT_TRIES):
            if not fixed:
                self.save(ports=dict(zip(self.ports, free_ports(len(self.ports)))))
            try:
                self.start_once()
                break
            except ServiceError as error:
                self.halt(signal.SIGKILL)
                in_use = "in use" in str(error)
                if in_use and fixed:
                    raise ServiceError(
                        f"{error}\nits port was taken while {self.name} was stopped; "
                        f"./otm services wipe {self.name} gives it another"
                    ) from error
                if not in_use or attempt == PORT_TRIES - 1:
                    raise
        self.after_start()

    def start_once(self):
        self.prepare()
        self.save(processes={})
        for command in self.commands():
            self.spawn(command)
            self.wait_ready(command)

    def spawn(self, command):
        log = self.log(command.name)
        if log.exists() and log.stat().st_size > LOG_BYTES_MAX:
            log.rename(log.with_suffix(".log.1"))
        with open(log, "wb") as output:
            child = subprocess.Popen(  # In a session of its own: it outlives this program.
                command.argv,
                cwd=self.run,
                env={**os.environ, **command.env},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.children[command.name] = child
        process = {"pid": child.pid, "start_time": start_time(child.pid)}
        self.save(processes={**self.state["processes"], command.name: process})

    def wait_ready(self, command):
        end = time.monotonic() + self.start_s
        child = self.children[command.name]
        while not command.ready():
            log = self.log(command.name)
            if child.poll() is not None:
                raise ServiceError(
                    f"{self.name} ended with {child.returncode} before it served; "
                    f"the end of {log}:\n{last_lines(log)}"
                )
            if time.monotonic() > end:
                raise ServiceError(
                    f"{self.name} does not serve after {self.start_s} s; is the machine very busy? "
                    f"The end of {log}:\n{last_lines(log)}"
                )
            time.sleep(0.05)

    def stop(self):
        self.halt(signal.SIGTERM)

    def kill(self):
        """As a power cut would end it, but for what the system still holds for the disk."""
        self.halt(signal.SIGKILL)

    def halt(self, how):
        """Ends the processes, the last one started first."""
        for name, pid in reversed(self.pids().items()):
            self.signal_one(pid, signal.SIGCONT)  # A stopped process hears nothing but SIGKILL.
            self.signal_one(pid, how)
            end = time.monotonic() + STOP_S
            while name in self.pids():
                if time.monotonic() > end:
                    self.signal_one(pid, signal.SIGKILL)
                    end = time.monotonic() + STOP_S
                time.sleep(0.02)
            if name in self.children:
                self.children.pop(name).wait()

    def pause(self):
        """SIGSTOP: it keeps its connections and answers nothing."""
        for pid in self.pids().values():
            self.signal_one(pid, signal.SIGSTOP)
            while process_fields(pid)[0] not in "TZ":  # A matter of microseconds.
                time.sleep(0.001)

    def resume(self):
        for pid in self.pids().values():
            self.signal_one(pid, signal.SIGCONT)

    def signal_one(self, pid, what):
        try:
            os.kill(pid, what)
        except ProcessLookupError:
            pass
        except PermissionError as error:
            raise ServiceError(
                f"process {pid} of {self.name} is another user's; stop it as that user"
            ) from error

    def wipe(self):
        """Stops it, and forgets its data and its ports."""
        self.stop()
        for name in self.data:
            shutil.rmtree(self.run / name, ignore_errors=True)
        self.state_file.unlink(missing_ok=True)

    def status(self):
        """One line for a person."""
        pids = self.pids()
        if not pids:
            return "stopped" if self.installed() else "not installed"
        memory = sum(memory_kb(pid) for pid in pids.values()) // 1024
        ports = ", ".join(f"{name} {port}" for name, port in self.state["ports"].items())
        running = ", ".join(f"{name} {pid}" for name, pid in pids.items())
        half = "" if self.up() else "; a part of it has ended: start it again"
        return f"up on 127.0.0.1 ({ports}), {memory} MB, process {running}{half}"
