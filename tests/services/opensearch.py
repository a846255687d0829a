"""OpenSearch 2.19, one node, without its security plugin: data streams, templates, pipelines."""

from tests.services import tools
from tests.services.server import Command, Server, answers


class OpenSearch(Server):
    """What logs and metrics go to."""

    name = "opensearch"
    ports = ("http", "transport")
    start_s = 180
    recipe = ("java/SearchServer.java", "locks/opensearch.pom", "locks/opensearch.sha256")
    data = ("node",)

    def build(self, target):
        tools.jars("opensearch.pom", "opensearch.sha256", self.place.cache, target / "jars")
        tools.javac("SearchServer.java", target / "jars", target / "classes", self.place.cache)

    def prepare(self):
        for name in ("node", "temporary"):
            (self.run / name).mkdir(exist_ok=True)

    def commands(self):
        settings = {
            "cluster.name": "otm",
            "cluster.routing.allocation.disk.threshold_enabled": "false",
            "discovery.type": "single-node",
            "http.port": self.port("http"),
            "network.host": "127.0.0.1",
            "node.roles": "cluster_manager,data,ingest",
            "transport.port": self.port("transport"),
        }
        argv = [
            "java",
            "-Xms128m",
            "-Xmx384m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-XX:MaxDirectMemorySize=128m",
            "-XX:ReservedCodeCacheSize=96m",
            "-XX:-UsePerfData",
            "-Dfile.encoding=UTF-8",
            "-Dio.netty.allocator.type=unpooled",
            f"-Djava.io.tmpdir={self.run / 'temporary'}",
            "-cp",
            f"{self.program / 'classes'}:{self.program / 'jars'}/*",
            "SearchServer",
            str(self.run / "node"),
            *[f"{name}={value}" for name, value in settings.items()],
        ]
        return [Command("opensearch", argv, self.serves)]

    def serves(self):
        log = self.log("opensearch").read_text("utf-8", "replace")
        return "serves\n" in log and answers(self.port("http"))

    def environment(self):
        return {"OTM_TEST_SEARCH_URL": f"http://127.0.0.1:{self.port('http')}"}
