"""Keycloak 26.4 with the realm of locks/realm.json.

Its cookies are "Secure; SameSite=None" also on plain http://127.0.0.1: a scripted client needs a
policy that gives them back. A realm that exists is not imported again: `wipe` first.
"""

import shutil

from tests.services import tools
from tests.services.server import Command, Server

ADMIN, ADMIN_PASSWORD = "admin", "admin-test-password"
VERSION = "26.4.5"


class Keycloak(Server):
    """An OpenID Connect provider."""

    name = "keycloak"
    ports = ("http",)
    start_s = 300  # The first start makes a database and imports the realm: 30 s when idle.
    recipe = ("keycloak.py", "locks/keycloak.pom", "locks/keycloak.sha256")

    def build(self, target):
        tools.maven(
            "keycloak.pom",
            self.place.cache,
            "unpack-dependencies",
            outputDirectory=target,
            markersDirectory=self.place.cache / "markers",
        )
        shutil.rmtree(self.place.cache / "markers", ignore_errors=True)
        tools.check_lock(target, tools.HERE / "locks" / "keycloak.sha256")
        # Once here, so that no start has to: what its documentation calls optimized.
        home = target / f"keycloak-{VERSION}"
        (home / "temporary").mkdir()
        options = ["build", "--db=dev-file", "--health-enabled=false", "--metrics-enabled=false"]
        tools.run(self.java(home, home, options), self.place.cache / "logs" / "keycloak.log")

    def java(self, installed, home, arguments):
        """What kc.sh runs, less its shell: `home` has its data, `installed` its jars."""
        opened = ("java.util", "java.util.concurrent", "java.security")
        return [
            "java",
            "-Xms64m",
            "-Xmx320m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-XX:MaxMetaspaceSize=256m",
            "-XX:ReservedCodeCacheSize=64m",
            "-XX:-UsePerfData",
            "-Dfile.encoding=UTF-8",
            f"-Djava.io.tmpdir={home / 'temporary'}",
            *[f"--add-opens=java.base/{name}=ALL-UNNAMED" for name in opened],
            "-Djava.util.concurrent.ForkJoinPool.common.threadFactory="
            "io.quarkus.bootstrap.forkjoin.QuarkusForkJoinWorkerThreadFactory",
            "-Djava.util.logging.manager=org.jboss.logmanager.LogManager",
            f"-Dkc.home.dir={home}",
            f"-Djboss.server.config.dir={home / 'conf'}",
            "-cp",
            str(installed / "lib" / "quarkus-run.jar"),
            "io.quarkus.bootstrap.runner.QuarkusEntryPoint",
            *arguments,
        ]

    def prepare(self):
        for name in ("data/import", "temporary"):
            (self.run / name).mkdir(parents=True, exist_ok=True)
        for name in ("lib", "conf", "providers", "themes", "version.txt"):
            link = self.run / name
            link.unlink(missing_ok=True)
            link.symlink_to(self.program / f"keycloak-{VERSION}" / name)
        shutil.copy(tools.HERE / "locks" / "realm.json", self.run / "data" / "import")

    def commands(self):
        options = [
            "start",
            "--optimized",
            "--import-realm",
            "--cache=local",
            "--http-enabled=true",
            "--hostname-strict=false",
            "--http-host=127.0.0.1",
            f"--http-port={self.port('http')}",
        ]
        environment = {
            "KC_BOOTSTRAP_ADMIN_USERNAME": ADMIN,
            "KC_BOOTSTRAP_ADMIN_PASSWORD": ADMIN_PASSWORD,
        }
        argv = self.java(self.program / f"keycloak-{VERSION}", self.run, options)
        return [Command("keycloak", argv, self.serves, environment)]

    def serves(self):
        return "Listening on" in self.log("keycloak").read_text("utf-8", "replace")

    def environment(self):
        return {
            "OTM_TEST_OIDC_ISSUER": f"http://127.0.0.1:{self.port('http')}/realms/otm",
            "OTM_TEST_KEYCLOAK_ADMIN": ADMIN,
            "OTM_TEST_KEYCLOAK_ADMIN_PASSWORD": ADMIN_PASSWORD,
        }
