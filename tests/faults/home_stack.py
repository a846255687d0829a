"""otm-home with its models behind a fault proxy, and its browsers behind another."""

import os

from tests.faults.client import Api
from tests.faults.packet_net import PacketNet, Unavailable
from tests.faults.preload import Preload
from tests.faults.process import Process
from tests.faults.proxy import FaultProxy
from tests.services.server import free_ports


class Stack:
    """What a fault can touch; everything ends with end().

    processes, links and servers by their names; a link is a proxy between two of the others, and
    its name begins with what it leads to. `disk` is that of the process that takes questions;
    clocks, of every process.
    """

    def __init__(self, folder):
        self.folder = folder
        self.processes, self.links, self.servers, self.clocks = {}, {}, {}, {}
        self.disk = None
        try:
            self.net = PacketNet()
        except Unavailable as error:
            print(f"faults 8 to 10 without packets: {error}", flush=True)
            self.net = None
        self.accepted_besides = {}  # Of questions that a fault itself asked.
        self.complaints = []

    def direct(self):
        """The portal, past every fault."""
        raise NotImplementedError

    def browsers_port(self):
        return self.links["browsers"].port

    def complain(self, sentence):
        """Notes a broken promise that a fault saw itself."""
        self.complaints.append(sentence)
        return sentence

    def start(self):
        for process in self.processes.values():
            process.start()
        for process in self.processes.values():
            process.wait_ready()

    def heal(self):
        """Ends every fault, and starts again what has ended."""
        if self.net is not None:
            self.net.harm()
        for link in self.links.values():
            link.heal()
        for preload in self.clocks.values():
            preload.heal()
        for process in self.processes.values():
            process.resume()
            if process.child.poll() is not None:
                process.start()
        for process in self.processes.values():
            process.wait_ready()

    def straighten(self):
        """Ends connections that still go over the network of packets."""
        if self.net is not None:
            self.net.cut()

    def end(self):
        for process in self.processes.values():
            process.end()
        for link in self.links.values():
            link.close()
        if self.net is not None:
            self.net.close()


class HomeStack(Stack):
    """The home edition."""

    def __init__(self, folder, program, library, models):
        super().__init__(folder)
        (port,) = free_ports(1)
        data = os.path.join(folder, "data")
        os.mkdir(data)
        self.links["browsers"] = FaultProxy(("127.0.0.1", port))
        self.links["models"] = FaultProxy(models)
        self.disk = Preload(library, os.path.join(folder, "control"), data)
        self.clocks["home"] = self.disk
        home = Process(
            "home",
            [program, "--data", data, "--port", str(port), "--prompts-per-hour", "1000000"]
            + ["--model", f"http://127.0.0.1:{self.links['models'].port}"],
            port,
            folder,
        )
        home.environment = self.disk.environment()
        self.processes["home"] = home

    def direct(self):
        return Api(self.processes["home"].port)
