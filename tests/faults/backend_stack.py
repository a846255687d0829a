"""Portal, two councils and a notifier, as at home, each behind its own proxies to real servers.

Kafka advertises to each process the port of that process's proxy, so that no connection goes past
it. The Mongo-wire server is mongo-java-server: it keeps acknowledged writes over a kill.
"""

import os
import pathlib

from tests.faults.client import Api
from tests.faults.home_stack import Stack
from tests.faults.mongo_errors import MongoErrors
from tests.faults.preload import Preload
from tests.faults.process import Process
from tests.faults.proxy import FaultProxy
from tests.services.kafka import LISTENERS, Kafka
from tests.services.mongojava import MongoJava
from tests.services.server import Place, free_ports

TOKEN = "a-service-token-for-tests"
PROCESSES = ("portal", "council", "council2", "notifier")


class ProxiedKafka(Kafka):
    """A listener more for each process."""

    listeners = {**LISTENERS, **{name: "PLAINTEXT" for name in PROCESSES}}
    start_s = 240  # Several of them start at once.


class BackendStack(Stack):
    """`programs` has the paths of portal, council and notifier; `models` is (host, port)."""

    def __init__(self, folder, programs, library, models):
        super().__init__(folder)
        cache = os.environ.get("OTM_SERVICES_CACHE") or "~/.cache/otm/services"
        place = Place(pathlib.Path(cache).expanduser(), pathlib.Path(folder) / "servers")
        self.programs, self.models = programs, models
        self.kafka, self.mongo = ProxiedKafka(place), MongoJava(place)
        self.errors = None
        self.servers = {"kafka": self.kafka, "mongo": self.mongo}
        for name in PROCESSES:
            self.link(f"kafka-{name}")
            if name != "notifier":
                self.link(f"mongo-{name}")
            self.kafka.advertised[name] = self.links[f"kafka-{name}"].port
        for name in ("council", "council2"):
            self.link(f"models-{name}").upstream = models
        ports = dict(zip(PROCESSES, free_ports(len(PROCESSES))))
        self.link("notifier-portal").upstream = ("127.0.0.1", ports["notifier"])
        self.link("browsers").upstream = ("127.0.0.1", ports["portal"])
        spool = os.path.join(folder, "spool")
        os.mkdir(spool)
        for name in PROCESSES:
            control = os.path.join(folder, name + ".control")
            self.clocks[name] = Preload(library, control, spool)  # Only the portal has files there.
        self.disk = self.clocks["portal"]
        for name in PROCESSES:
            command = self.command(name, ports[name])
            self.processes[name] = Process(name, command, ports[name], folder)
            self.processes[name].environment = self.environment(name)

    def link(self, name):
        self.links[name] = FaultProxy(("127.0.0.1", 9))  # Until its upstream is known.
        return self.links[name]

    def command(self, name, port):
        """The program with its flags; what they mean is each program's --help."""
        kind = name.rstrip("2")
        common = [
            self.programs[kind],
            f"--port={port}",
            f"--kafka-brokers=127.0.0.1:{self.links[f'kafka-{name}'].port}",
        ]
        if kind == "portal":
            return common + [
                f"--notifier-urls=http://127.0.0.1:{self.links['notifier-portal'].port}",
                f"--spool={os.path.join(self.folder, 'spool')}",
                "--prompts-per-hour=1000000",
            ]
        if kind == "council":
            return common + [
                f"--owner={name}",
                "--workers=4",
                "--cache-age=0s",  # Every question is work.
                "--model=ollama",
                f"--ollama-url=http://127.0.0.1:{self.links[f'models-{name}'].port}",
            ]
        return common

    def environment(self, name):
        """Secrets, which no flag takes; and what makes its disk and its clock fail."""
        found = self.clocks[name].environment()
        if name != "notifier":
            port = self.links[f"mongo-{name}"].port
            found["OTM_MONGO_URL"] = f"mongodb://127.0.0.1:{port}/?retryWrites=false"
        if name in ("portal", "notifier"):
            found["OTM_NOTIFIER_TOKEN"] = TOKEN
        return found

    def start(self):
        self.kafka.start()
        self.mongo.start()
        self.errors = MongoErrors(("127.0.0.1", self.mongo.port("mongo")))
        for name in PROCESSES:
            self.links[f"kafka-{name}"].upstream = ("127.0.0.1", self.kafka.port(name))
            if name != "notifier":
                self.links[f"mongo-{name}"].upstream = ("127.0.0.1", self.errors.port)
        super().start()

    def heal(self):
        self.errors.heal()
        for server in self.servers.values():
            server.resume()
            server.start()
        super().heal()

    def direct(self):
        return Api(self.processes["portal"].port)

    def end(self):
        super().end()
        for server in self.servers.values():
            server.kill()
        if self.errors is not None:
            self.errors.close()
