"""Debian's nginx with edge/nginx/portals.conf, unpacked and not installed: nothing of it starts by
itself, and no port 80 is taken."""

import os
import re

from tests.services import tools
from tests.services.server import Command, Server, ServiceError, answers

PACKAGES = ("nginx", "nginx-common")


class Nginx(Server):
    """In front of `portals`, the ports of them on 127.0.0.1."""

    name = "nginx"
    ports = ("http",)
    recipe = ("nginx.py",)
    data = ()

    def __init__(self, place, portals=()):
        super().__init__(place)
        self.portals = portals

    def build(self, target):
        log = self.place.cache / "logs" / "nginx.log"
        packages = target / "packages"
        packages.mkdir()
        tools.run(["apt-get", "-q", "download", *PACKAGES], log, cwd=packages)
        for package in packages.glob("*.deb"):
            tools.run(["dpkg-deb", "-x", package, target], log)

    def prepare(self):
        text = (tools.ROOT / "edge" / "nginx" / "portals.conf").read_text("utf-8")
        if len(self.portals) < 2:
            raise ServiceError("nginx is started by tests, which give it portals: nginx_test.py")
        servers = iter(self.portals)
        user = "user root root;\n" if os.geteuid() == 0 else ""  # The folders here are root's then.
        text = re.sub(
            r"server [\d.]+:\d+", lambda _: f"server 127.0.0.1:{next(servers)}", text
        ).replace("listen 80;", f"listen 127.0.0.1:{self.port('http')};")
        folders = "".join(
            f"{kind}_temp_path {kind};\n"
            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        (self.run / "nginx.conf").write_text(
            f"{user}daemon off;\nworker_processes 1;\npid nginx.pid;\nerror_log stderr;\n"
            f"events {{}}\nhttp {{\naccess_log off;\n{folders}{text}}}\n",
            "utf-8",
        )

    def commands(self):
        argv = [str(self.program / "usr" / "sbin" / "nginx"), "-e", "stderr"]
        argv += ["-p", str(self.run), "-c", str(self.run / "nginx.conf")]
        return [Command("nginx", argv, lambda: answers(self.port("http")))]
