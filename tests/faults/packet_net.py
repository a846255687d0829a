"""Connections over a network that harms packets (packets.py), for proxies to take as a way round.

    net = PacketNet()
    port = net.route(("127.0.0.1", 9092))   # a port of 127.0.0.1; what it is told goes over there
    net.harm(loss=0.1)

Threads: every method may be called from any thread.
"""

import asyncio
import json
import os
import socket
import subprocess
import sys
import threading

CHUNK_BYTES = 64 << 10
MESSAGE_BYTES_MAX = 1 << 12
CONTROL_S = 120


class Unavailable(Exception):
    """This machine lets nobody have a network of their own; the text says why."""


class PacketNet:
    """One process, and one thread; close() ends both. Raises Unavailable."""

    def __init__(self):
        self.control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self.child = subprocess.Popen(
                [sys.executable, "-m", "tests.faults.packets", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
            )
        said = self.control.recv(MESSAGE_BYTES_MAX).decode()
        if said != "ready":
            self.control.close()
            self.child.wait()
            raise Unavailable(said or "its process ended")
        self.pairs, self.count, self.ports, self.tasks = {}, 0, {}, set()
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def harm(self, **shares):
        """The shares of packets that are hit from now on; without any it is a good network."""
        self.control.send(json.dumps(shares).encode())

    def route(self, upstream):
        """A port whose connections go to `upstream`, (host, port), over the network."""

        async def listen():
            if upstream not in self.ports:
                server = await asyncio.start_server(
                    lambda *client: self.serve(client, upstream), "127.0.0.1", 0
                )
                self.ports[upstream] = server.sockets[0].getsockname()[1]
            return self.ports[upstream]

        return asyncio.run_coroutine_threadsafe(listen(), self.loop).result(CONTROL_S)

    def cut(self):
        """Ends all connections that go over it."""

        async def cancel():
            for task in self.tasks:
                task.cancel()

        asyncio.run_coroutine_threadsafe(cancel(), self.loop).result(CONTROL_S)

    def close(self):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(CONTROL_S)
        self.control.close()
        self.child.wait()

    # In the loop's thread.

    def run(self):
        asyncio.set_event_loop(self.loop)
        self.control.setblocking(False)
        self.loop.add_reader(self.control, self.paired)
        self.loop.run_forever()
        tasks = asyncio.all_tasks(self.loop)
        for task in tasks:
            task.cancel()
        self.loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        self.loop.close()

    def paired(self):
        try:
            message, ends, *_ = socket.recv_fds(self.control, MESSAGE_BYTES_MAX, 2)
        except BlockingIOError:
            return
        if not message:  # The process has ended.
            self.loop.remove_reader(self.control)
            return
        waiting = self.pairs.pop(json.loads(message)["pair"], None)
        if waiting is None or waiting.done():
            for end in ends:
                os.close(end)
        else:
            waiting.set_result([socket.socket(fileno=end) for end in ends])

    async def serve(self, client, upstream):
        """client - near =packets= far - server."""
        writers = [client[1]]
        self.tasks.add(asyncio.current_task())
        try:
            near, far = [await asyncio.open_connection(sock=end) for end in await self.pair()]
            writers += [near[1], far[1]]
            server = await asyncio.open_connection(*upstream)
            writers.append(server[1])
            await asyncio.gather(
                *(pump(*way) for way in ways(client, near)),
                *(pump(*way) for way in ways(far, server)),
            )
        except (OSError, asyncio.CancelledError):
            for writer in writers:
                writer.transport.abort()
        finally:
            for writer in writers:
                writer.close()
            self.tasks.discard(asyncio.current_task())

    def pair(self):
        self.count += 1
        waiting = self.loop.create_future()
        self.pairs[self.count] = waiting
        self.control.send(json.dumps({"pair": self.count}).encode())
        return waiting


def ways(one, other):
    """(reader, writer) of each way between two (reader, writer)."""
    return (one[0], other[1]), (other[0], one[1])


async def pump(reader, writer):
    end = writer.get_extra_info("socket")
    end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    while chunk := await reader.read(CHUNK_BYTES):
        writer.write(chunk)
        await writer.drain()
    if writer.can_write_eof():
        writer.write_eof()
