"""A TCP proxy that breaks connections in the ways that networks do.

    with FaultProxy(("127.0.0.1", 9092)) as proxy:
        connect_to(proxy.port)
        proxy.set(UP, latency_s=2)      # what the client sends arrives two seconds later
        proxy.down()                    # connection refused, and all there are reset
        proxy.heal()                    # as if nothing had been; cut connections stay cut

Python and asyncio, since some hundred messages a second pass here: without a fault one costs about
a tenth of a millisecond, and a new fault is a few lines. Limits: it sees the stream, not packets,
so that loss and reordering are what they are to a TCP stream, a delay.

Every method may be called from any thread and blocks until the fault is in force, CONTROL_S at
most.
"""

import asyncio
import dataclasses
import random
import socket
import struct
import threading

CHUNK_BYTES = 16 << 10
CHUNKS_MAX = 64  # Between reading and writing, each way: a megabyte in the air.
CONTROL_S = 120
RETRANSMIT_S = 0.2  # Linux's shortest time before it sends a segment again; then it doubles.
RETRANSMITS_MAX = 4  # The sixth in a row is so rare that it only makes tests slow.
PACES_PER_S = 20  # A narrow line passes its second's bytes in so many parts.
FILLERS = 4  # Connections that fill the queue of a listener; the system holds one at least.
UP, DOWN = "up", "down"  # From the client to the server, and back.
WAYS = {UP: (UP,), DOWN: (DOWN,), "both": (UP, DOWN)}


@dataclasses.dataclass(frozen=True)
class Toxics:
    """What happens to the bytes that go one way; the defaults harm nothing."""

    blocked: bool = False  # Nothing passes, nothing is closed; it goes on when this ends.
    latency_s: float = 0
    jitter_s: float = 0  # Up to so much more, by chance; the order stays.
    loss: float = 0  # The share of chunks that have to be sent again.
    bytes_per_s: int = 0  # 0: as fast as it goes.
    slice_bytes: int = 0  # Writes of so many bytes each; 0: as they come.
    cut_after: int = -1  # Ends each connection after so many bytes; -1: never.
    close_delay_s: float = 0  # Until an end of stream is passed on.


class Cut(Exception):
    """A connection has passed as many bytes as it may."""


class Link:
    """One connection: the streams of the client and of the server, and what went each way."""

    def __init__(self, reader, writer):
        self.readers, self.writers = {UP: reader}, {DOWN: writer}
        self.passed = {UP: 0, DOWN: 0}
        self.half_open = False

    def add_server(self, reader, writer):
        self.readers[DOWN], self.writers[UP] = reader, writer

    def close(self):
        for writer in self.writers.values():
            writer.close()

    def reset(self):
        for way in self.writers:
            self.reset_end(way)

    def reset_end(self, way):
        """Closes with a RST, as a machine does that knows of no connection."""
        transport = self.writers[way].transport
        end = transport.get_extra_info("socket")
        if end is not None and end.fileno() >= 0:
            end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()


def listen_on_own_port():
    """A listener whose port stays its own when it stops to listen.

    A port that the system picked by bind(0) is given back then; one that was asked for is not. So
    the system picks, and the port is asked for.
    """
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            address = probe.getsockname()
        listener = socket.socket()
        try:
            listener.bind(address)
        except OSError:  # Somebody was faster: the system picks another.
            listener.close()
            continue
        listener.setblocking(False)
        listen(listener)
        return listener


def listen(listener):
    """Also beside closed connections that linger on the port (TIME_WAIT), which inherit the option.

    Only now: while nobody listens, the option would let others have the port.
    """
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.listen()


class FaultProxy:
    """Listens on a port of its own on 127.0.0.1 and passes everything on to `upstream`."""

    def __init__(self, upstream, seed=0):
        self.upstream = upstream
        self.random = random.Random(seed)
        self.toxics = {UP: Toxics(), DOWN: Toxics()}
        self.links = {}  # Link: the task that serves it.
        self.accepted = 0
        self.listening = True
        self.resetting = False
        self.fillers = []  # While nobody's connect is to be answered.
        self.detour = None  # Where new connections go instead of to `upstream`.
        self.listener = listen_on_own_port()
        self.port = self.listener.getsockname()[1]
        self.loop = asyncio.new_event_loop()
        self.accepting = None  # The task of accept(); held, since the loop's own reference is weak.
        self.changed = asyncio.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # Control, from any thread.

    def control(self, change):
        """Runs `change` in the loop's thread, and wakes whoever waits for a toxic to end."""

        async def apply():
            result = change()
            self.changed.set()
            self.changed = asyncio.Event()
            return result

        return asyncio.run_coroutine_threadsafe(apply(), self.loop).result(CONTROL_S)

    def set(self, way, **values):
        """Changes toxics one way ("up", "down" or "both"); the others stay as they are."""

        def change():
            for one in WAYS[way]:
                self.toxics[one] = dataclasses.replace(self.toxics[one], **values)

        self.control(change)

    def partition(self, way="both"):
        """Nothing passes any more, as when a cable is pulled; with one way: only that one."""
        self.set(way, blocked=True)

    def unreachable(self):
        """As partition(), and who connects gets no answer: the system drops what begins while the
        queue of a listener is full."""

        async def apply():
            self.toxics = {way: Toxics(blocked=True) for way in WAYS["both"]}
            self.accepting.cancel()
            await asyncio.gather(self.accepting, return_exceptions=True)
            self.listener.listen(0)
            for _ in range(FILLERS):
                filler = socket.socket()
                filler.setblocking(False)
                filler.connect_ex(self.listener.getsockname())
                self.fillers.append(filler)

        asyncio.run_coroutine_threadsafe(apply(), self.loop).result(CONTROL_S)

    def down(self):
        """As when the server's process has ended: refused, and what there was is reset."""

        def change():
            if self.listening:
                self.listening = False
                # The port stays ours, but nobody listens: the system answers with a RST.
                self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 0)
                self.listener.shutdown(socket.SHUT_RDWR)
            self.reset_links()

        self.control(change)

    def reset(self):
        """Resets every connection once; new ones are served."""
        self.control(self.reset_links)

    def reset_each(self):
        """Until it is healed: every connection is accepted, and reset at its first bytes."""

        def change():
            self.resetting = True
            self.reset_links()

        self.control(change)

    def go_by(self, detour):
        """Resets every connection once; new ones go to `detour`, (host, port), until healed."""

        def change():
            self.detour = detour
            self.reset_links()

        self.control(change)

    def half_open(self):
        """The server forgets all connections and the clients are not told; new ones are served."""

        def change():
            for link in self.links:
                link.half_open = True
                if UP in link.writers:
                    link.reset_end(UP)

        self.control(change)

    def heal(self):
        """Ends all faults. Clients of half-open connections now hear that those are gone."""

        def change():
            self.toxics = {UP: Toxics(), DOWN: Toxics()}
            self.resetting, self.detour = False, None
            if not self.listening:
                listen(self.listener)
                self.listening = True
            if self.fillers:
                self.answer_again()
            for link in [link for link in self.links if link.half_open]:
                self.drop(link)

        self.control(change)

    def passed(self):
        """{way: bytes} over the connections that there are now."""
        return self.control(
            lambda: {way: sum(link.passed[way] for link in self.links) for way in (UP, DOWN)}
        )

    def close(self):
        """Ends the proxy and all its connections."""
        if self.thread.is_alive():
            self.control(self.reset_links)
            self.loop.call_soon_threadsafe(self.loop.stop)
            self.thread.join(CONTROL_S)
            self.listener.close()
            for filler in self.fillers:
                filler.close()

    # In the loop's thread.

    def run(self):
        asyncio.set_event_loop(self.loop)
        self.accepting = self.loop.create_task(self.accept())
        self.loop.run_forever()
        tasks = {self.accepting, *asyncio.all_tasks(self.loop)}
        for task in tasks:
            task.cancel()
        self.loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        self.loop.close()

    def answer_again(self):
        """The fillers that were accepted are gone, and served as such."""
        for filler in self.fillers:
            filler.close()
        self.fillers = []
        listen(self.listener)
        self.accepting = self.loop.create_task(self.accept())

    async def accept(self):
        while True:
            if not self.listening:
                await self.changed.wait()
                continue
            try:
                client, _ = await self.loop.sock_accept(self.listener)
            except OSError:  # It was shut down, or a client went away before it was accepted.
                await asyncio.sleep(0)
                continue
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.accepted += 1
            link = Link(*await asyncio.open_connection(sock=client))
            self.links[link] = self.loop.create_task(self.serve(link))

    def drop(self, link):
        """Resets it, and ends whatever waits on it."""
        task = self.links.pop(link, None)
        if task is not None:
            task.cancel()
        link.reset()

    def reset_links(self):
        for link in list(self.links):
            self.drop(link)

    async def serve(self, link):
        try:
            if self.resetting:
                await link.readers[UP].read(1)
                link.reset()
                return
            await self.gate(link, UP)
            link.add_server(*await asyncio.open_connection(*(self.detour or self.upstream)))
            link.writers[UP].transport.get_extra_info("socket").setsockopt(
                socket.IPPROTO_TCP, socket.TCP_NODELAY, 1
            )
            async with asyncio.TaskGroup() as group:
                group.create_task(self.pump(link, UP))
                group.create_task(self.pump(link, DOWN))
            link.close()
        except* Cut:
            link.close()  # With a FIN: what was passed does arrive.
        except* OSError:
            link.reset()
        finally:
            self.links.pop(link, None)

    async def pump(self, link, way):
        """Takes from one end and puts into the air; send() takes it from there."""
        air = asyncio.Queue(CHUNKS_MAX)
        async with asyncio.TaskGroup() as group:
            group.create_task(self.send(link, way, air))
            chunk = b"."
            while chunk:
                await self.gate(link, way)
                try:
                    chunk = await link.readers[way].read(CHUNK_BYTES)
                except OSError:
                    if not link.half_open:
                        raise
                    continue  # The gate holds it now.
                await air.put((self.loop.time() + self.delay(way), chunk))

    def delay(self, way):
        """How long the next chunk is in the air."""
        toxics = self.toxics[way]
        delay = toxics.latency_s + toxics.jitter_s * self.random.random()
        for retransmit in range(RETRANSMITS_MAX):
            if self.random.random() >= toxics.loss:
                break
            delay += RETRANSMIT_S * 2**retransmit
        return delay

    async def send(self, link, way, air):
        while True:
            due, chunk = await air.get()
            await self.until(due, way)
            await self.gate(link, way)
            if not chunk:
                await self.until(self.loop.time() + self.toxics[way].close_delay_s, way)
                if link.writers[way].can_write_eof():
                    link.writers[way].write_eof()
                return
            await self.write(link, way, chunk)

    async def until(self, due, way):
        """Waits until `due`, or until the toxics are healed."""
        while self.toxics[way] != Toxics() and (left := due - self.loop.time()) > 0:
            try:
                await asyncio.wait_for(self.changed.wait(), left)
            except TimeoutError:
                return

    async def gate(self, link, way):
        """Waits while nothing passes."""
        while self.toxics[way].blocked or link.half_open:
            await self.changed.wait()

    async def write(self, link, way, chunk):
        writer = link.writers[way]
        while chunk:
            toxics = self.toxics[way]
            size = toxics.slice_bytes or len(chunk)
            if toxics.bytes_per_s:
                size = min(size, max(1, toxics.bytes_per_s // PACES_PER_S))
            if toxics.cut_after >= 0:
                size = min(size, toxics.cut_after - link.passed[way])
                if size <= 0:
                    raise Cut
            piece, chunk = chunk[:size], chunk[size:]
            writer.write(piece)
            await writer.drain()
            link.passed[way] += len(piece)
            if toxics.bytes_per_s:
                await self.until(self.loop.time() + len(piece) / toxics.bytes_per_s, way)
            elif toxics.slice_bytes:
                await asyncio.sleep(0)  # A write of its own each, not gathered into one.
