"""Apache Kafka, one node that is broker and controller (KRaft), with all four kinds of listener.

Facts that cost time to find: a restart after a kill waits until the session of the old broker is
over (9 s unless told otherwise); Kafka does not fsync each message, so a kill loses nothing that
was acknowledged, and a power cut may.
"""

import base64
import uuid

from tests.services import tools
from tests.services.certificates import certificates
from tests.services.server import Command, Server, answers

USER, PASSWORD = "otm", "otm-test-password"  # May do everything.
GUEST, GUEST_PASSWORD = "guest", "guest-test-password"  # May log in, and nothing else.
LISTENERS = {  # Name of the listener and of its port: security protocol.
    "plaintext": "PLAINTEXT",
    "sasl": "SASL_PLAINTEXT",
    "ssl": "SSL",
    "sasl_ssl": "SASL_SSL",
}
HEAP = "256m"


class Kafka(Server):
    """Kafka 3.9.

    A client that has found a broker by a listener goes on to the port that the listener advertises:
    its own, unless advertised[listener] says another, such as a proxy's.
    """

    name = "kafka"
    listeners = LISTENERS
    version = "3.9.1"

    def __init__(self, place):
        super().__init__(place)
        self.ports = (*self.listeners, "controller")
        self.advertised = {}

    @property
    def recipe(self):
        return ("locks/kafka.pom", f"locks/kafka-{self.version}.sha256")

    def build(self, target):
        tools.maven(
            "kafka.pom",
            self.place.cache,
            "copy-dependencies",
            includeScope="runtime",
            outputDirectory=target,
            **{"kafka.version": self.version},
        )
        tools.check_lock(target, tools.HERE / "locks" / f"kafka-{self.version}.sha256")

    def java(self, main, *arguments):
        """A JVM that starts fast and stays small; it need not run fast for long."""
        return [
            "java",
            "-Xms64m",
            f"-Xmx{HEAP}",
            "-Xss512k",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-XX:MaxMetaspaceSize=128m",
            "-XX:ReservedCodeCacheSize=64m",
            "-XX:-UsePerfData",
            "-Djava.net.preferIPv4Stack=true",
            "-Djava.awt.headless=true",
            "-Dorg.slf4j.simpleLogger.showDateTime=true",
            "-cp",
            f"{self.program}/*",
            main,
            *map(str, arguments),
        ]

    def prepare(self):
        (self.run / "server.properties").write_text(
            "".join(f"{key}={value}\n" for key, value in self.properties().items()), "utf-8"
        )
        if not (self.run / "data" / "meta.properties").exists():
            self.format()

    def properties(self):
        at = {name: self.port(name) for name in self.listeners}
        controller = f"127.0.0.1:{self.port('controller')}"
        return {
            "process.roles": "broker,controller",
            "node.id": 1,
            "controller.quorum.voters": f"1@{controller}",
            "controller.listener.names": "CONTROLLER",
            "inter.broker.listener.name": "PLAINTEXT",
            "listeners": f"{addresses(at)},CONTROLLER://{controller}",
            "advertised.listeners": addresses({**at, **self.advertised}),
            "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,"
            + ",".join(f"{name.upper()}:{kind}" for name, kind in self.listeners.items()),
            "log.dirs": self.run / "data",
            "auto.create.topics.enable": "false",  # A topic that is missing has to be noticed.
            **self.login(),
            **self.small(),
        }

    def login(self):
        """SASL by three mechanisms, TLS, and rights for USER and for those without a name."""
        plain = f'user_{USER}="{PASSWORD}" user_{GUEST}="{GUEST_PASSWORD}"'
        module = "org.apache.kafka.common.security"
        pem = certificates(self.place)
        settings = {
            "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512",
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": pem.both,
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": pem.authority,
            "ssl.client.auth": "none",
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users": f"User:{USER};User:ANONYMOUS",
        }
        for listener in ("sasl", "sasl_ssl"):
            prefix = f"listener.name.{listener}"
            settings[f"{prefix}.plain.sasl.jaas.config"] = (
                f"{module}.plain.PlainLoginModule required {plain};"
            )
            for scram in ("scram-sha-256", "scram-sha-512"):
                settings[f"{prefix}.{scram}.sasl.jaas.config"] = (
                    f"{module}.scram.ScramLoginModule required;"
                )
        return settings

    def small(self):
        """One node, few threads, and no waiting for others."""
        settings = {
            "num.partitions": 1,
            "num.network.threads": 2,
            "num.io.threads": 2,
            "background.threads": 2,
            "log.cleaner.threads": 1,
            "log.cleaner.dedupe.buffer.size": 16 << 20,
            "log.segment.bytes": 64 << 20,
            "log.index.size.max.bytes": 1 << 20,
            "group.initial.rebalance.delay.ms": 0,
            "broker.heartbeat.interval.ms": 300,
            "broker.session.timeout.ms": 1500,
        }
        for topic in ("offsets.topic", "transaction.state.log", "share.coordinator.state.topic"):
            settings[f"{topic}.num.partitions"] = 1
            settings[f"{topic}.replication.factor"] = 1
        for topic in ("transaction.state.log", "share.coordinator.state.topic"):
            settings[f"{topic}.min.isr"] = 1
        return settings

    def format(self):
        """Makes the data folder, with the users of SCRAM, who live in it."""
        options = ["--cluster-id", cluster_id(), "--config", self.run / "server.properties"]
        for user, password in ((USER, PASSWORD), (GUEST, GUEST_PASSWORD)):
            for hashing in ("SHA-256", "SHA-512"):
                options += ["--add-scram", f"SCRAM-{hashing}=[name={user},password={password}]"]
        tools.run(self.java("kafka.tools.StorageTool", "format", *options), self.run / "format.log")

    def commands(self):
        return [
            Command("kafka", self.java("kafka.Kafka", self.run / "server.properties"), self.serves)
        ]

    def serves(self):
        started = "Kafka Server started" in self.log("kafka").read_text("utf-8", "replace")
        return started and answers(self.port("plaintext"))

    def environment(self):
        variable = {
            "plaintext": "OTM_TEST_KAFKA_BROKERS",
            "sasl": "OTM_TEST_KAFKA_SASL_BROKERS",
            "ssl": "OTM_TEST_KAFKA_SSL_BROKERS",
            "sasl_ssl": "OTM_TEST_KAFKA_SASL_SSL_BROKERS",
        }
        return {
            **{variable[name]: f"127.0.0.1:{self.port(name)}" for name in LISTENERS},
            "OTM_TEST_KAFKA_CA": str(certificates(self.place).authority),
            "OTM_TEST_KAFKA_USER": USER,
            "OTM_TEST_KAFKA_PASSWORD": PASSWORD,
            "OTM_TEST_KAFKA_GUEST_USER": GUEST,
            "OTM_TEST_KAFKA_GUEST_PASSWORD": GUEST_PASSWORD,
        }


def cluster_id(make=uuid.uuid4):
    """A new one, as Kafka writes it; one that begins with "-" would be taken for an option."""
    while True:
        text = base64.urlsafe_b64encode(make().bytes).decode().rstrip("=")
        if not text.startswith("-"):
            return text


def addresses(ports):
    """As Kafka writes them."""
    return ",".join(f"{name.upper()}://127.0.0.1:{port}" for name, port in ports.items())


class Kafka4(Kafka):
    """Kafka 4.1, whose SCRAM a librdkafka before 2.6.1 does not get right."""

    name = "kafka4"
    version = "4.1.1"
