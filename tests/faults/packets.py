"""A network of one machine with itself, whose packets are lost, damaged, doubled and overtaken.

    python3 -m tests.faults.packets DESCRIPTOR     (packet_net.py starts it)

Lives in a network namespace of its own, which a user namespace lets it have without being root.
All packets to PEER leave by a TUN device, come to this program, and go back to where they came from
with source and destination exchanged: who connects to PEER reaches itself at OWN, through here, and
no checksum has to be mended. It needs no netem, which not every kernel has.

DESCRIPTOR is a SOCK_SEQPACKET socket. Requests are JSON: {"loss", "corrupt", "double", "late": the
share of packets, "late_s"} from now on, or {"pair": number}. To the latter it answers with the same
number and both ends of a new TCP connection over that network, as descriptors. It says "ready" or
"error WHY" before all else, and ends with the socket.
"""

import ctypes
import errno
import fcntl
import heapq
import json
import os
import pathlib
import random
import selectors
import socket
import struct
import sys
import time

OWN, PEER = "10.77.0.1", "10.77.0.2"
PACKET_BYTES_MAX = 1 << 16
MESSAGE_BYTES_MAX = 1 << 12
CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000
SIOCSIFFLAGS, SIOCSIFADDR, SIOCSIFNETMASK = 0x8914, 0x8916, 0x891C
IFF_UP = 1
WELL = {"loss": 0.0, "corrupt": 0.0, "double": 0.0, "late": 0.0, "late_s": 0.0}


def enter_namespace():
    user, group = os.getuid(), os.getgid()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"no network namespace: {os.strerror(code)}")
    own = pathlib.Path("/proc/self")
    (own / "setgroups").write_text("deny", "ascii")
    (own / "uid_map").write_text(f"0 {user} 1", "ascii")
    (own / "gid_map").write_text(f"0 {group} 1", "ascii")


def interface(name, address, mask):
    """Gives it an address and starts it."""

    def packed(text):
        return struct.pack("16sH2x4s8x", name, socket.AF_INET, socket.inet_aton(text))

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, SIOCSIFADDR, packed(address))
        fcntl.ioctl(control, SIOCSIFNETMASK, packed(mask))
        fcntl.ioctl(control, SIOCSIFFLAGS, struct.pack("16sH14x", name, IFF_UP))


def open_tun():
    """The device's descriptor; a read is a packet that leaves, a write one that arrives."""
    tun = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(tun, TUNSETIFF, struct.pack("16sH14x", b"otm", IFF_TUN | IFF_NO_PI))
    interface(b"otm", OWN, "255.255.255.0")
    return tun


def exchanged(packet):
    """An IPv4 packet back to its sender, from where it was to go."""
    return packet[:12] + packet[16:20] + packet[12:16] + packet[20:]


def damaged(packet, chance):
    at = chance.randrange(len(packet))
    return packet[:at] + bytes([packet[at] ^ 1 << chance.randrange(8)]) + packet[at + 1 :]


def copies(packet, harm, chance):
    """(delay in seconds, packet) of each that arrives."""
    if chance.random() < harm["loss"]:
        return
    for _ in range(1 + (chance.random() < harm["double"])):
        delay_s = harm["late_s"] * chance.random() if chance.random() < harm["late"] else 0.0
        hit = chance.random() < harm["corrupt"]
        yield delay_s, damaged(packet, chance) if hit else packet


class Network:
    """Passes packets on, and makes connections over itself."""

    def __init__(self, tun, control):
        self.tun, self.control = tun, control
        self.harm, self.random = dict(WELL), random.Random()
        self.late = []  # A heap of (due, number, packet).
        self.count = 0
        self.clients = {}  # Port: (number of the pair, socket), until it is accepted.
        self.listener = socket.create_server((OWN, 0), backlog=256)
        self.listener.setblocking(False)
        self.selector = selectors.DefaultSelector()
        self.selector.register(tun, selectors.EVENT_READ, self.pass_on)
        self.selector.register(control, selectors.EVENT_READ, self.obey)
        self.selector.register(self.listener, selectors.EVENT_READ, self.accept)

    def run(self):
        while True:
            left_s = max(0.0, self.late[0][0] - time.monotonic()) if self.late else None
            for key, _ in self.selector.select(left_s):
                key.data()
            while self.late and self.late[0][0] <= time.monotonic():
                self.arrive(heapq.heappop(self.late)[2])

    def pass_on(self):
        packet = os.read(self.tun, PACKET_BYTES_MAX)
        if packet[0] >> 4 != 4:
            return  # IPv6 looks for routers.
        for delay_s, copy in copies(exchanged(packet), self.harm, self.random):
            if delay_s:
                self.count += 1
                heapq.heappush(self.late, (time.monotonic() + delay_s, self.count, copy))
            else:
                self.arrive(copy)

    def arrive(self, packet):
        try:
            os.write(self.tun, packet)
        except OSError as error:
            if error.errno != errno.EINVAL:  # Damaged so that it is no packet.
                raise

    def obey(self):
        message = self.control.recv(MESSAGE_BYTES_MAX)
        if not message:
            sys.exit(0)
        wish = json.loads(message)
        if "pair" in wish:
            self.connect(wish["pair"])
        else:
            self.harm = {**WELL, **wish}

    def connect(self, number):
        client = socket.socket()
        client.setblocking(False)
        client.bind((OWN, 0))
        client.connect_ex((PEER, self.listener.getsockname()[1]))
        self.clients[client.getsockname()[1]] = number, client

    def accept(self):
        try:
            server, (_, port) = self.listener.accept()
        except OSError:
            return
        number, client = self.clients.pop(port, (None, None))
        with server:
            if client is None:
                return
            with client:
                message = json.dumps({"pair": number}).encode()
                socket.send_fds(self.control, [message], [client.fileno(), server.fileno()])


def main(descriptor):
    control = socket.socket(fileno=descriptor)
    try:
        enter_namespace()
        network = Network(open_tun(), control)
    except OSError as error:
        control.send(f"error {error}".encode())
        return 1
    control.send(b"ready")
    network.run()
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
