"""The real servers that tests run against.

usage: python3 -m tests.services.main [--cache DIR] [--run NAME] VERB [SERVER…]

  start     installs what is missing, starts it and waits until it serves
  stop      ends it; its data stay       kill      kill -9
  wipe      ends it and forgets its data and ports
  status    one line a server            install   only that
  env       what tests need to find the ones that run, for a shell's eval
  sweep     wipes groups test-PID whose process has ended

Servers: kafka (3.9), kafka4 (4.1), ferretdb, mongojava, ollama, keycloak, opensearch; without names
all of these. nginx can only be installed: tests start it.
--run names a group of servers, with data and ports of its own; programs are shared.
"""

import argparse
import pathlib
import shlex
import shutil
import sys

from tests.services import server, tools
from tests.services.ferretdb import FerretDb
from tests.services.kafka import Kafka, Kafka4
from tests.services.keycloak import Keycloak
from tests.services.mongojava import MongoJava
from tests.services.ollama import Ollama
from tests.services.nginx import Nginx
from tests.services.opensearch import OpenSearch

KINDS = (Kafka, Kafka4, FerretDb, MongoJava, Ollama, Keycloak, OpenSearch)
SERVERS = {kind.name: kind for kind in (*KINDS, Nginx)}


def environment(servers):
    """The variables of all that run; of two Kafkas the first one's, of Mongo servers a list."""
    found = {}
    for one in servers:
        if one.up():
            for name, value in one.environment().items():
                if name == "OTM_TEST_MONGO_URLS" and name in found:
                    value = f"{found.pop(name)} {value}"
                found.setdefault(name, value)
    return found


def sweep(cache):
    """Ends what a test left behind that was killed itself."""
    for run in (cache / "run").glob("test-*"):
        pid = run.name.removeprefix("test-")
        if pid.isdigit() and server.start_time(int(pid)) is None:
            wipe_group(server.Place(cache, run))


def wipe_group(place):
    for kind in SERVERS.values():
        kind(place).wipe()
    shutil.rmtree(place.run, ignore_errors=True)


def carry_out(verb, place, names):
    kinds = [SERVERS[name] for name in names] or KINDS
    servers = [kind(place) for kind in kinds]
    if verb in ("install", "start"):
        with tools.install_lock(place.cache):
            for one in servers:
                if not one.installed():
                    print(f"otm: installing {one.name}", file=sys.stderr, flush=True)
                one.install()
    if verb == "env":
        for name, value in environment(servers).items():
            print(f"export {name}={shlex.quote(value)}")
        return
    if verb == "wipe" and not names:
        wipe_group(place)
    for one in servers:
        if verb in ("start", "stop", "kill", "wipe"):
            getattr(one, verb)()
        if verb in ("start", "status"):
            print(f"{one.name:<11}{one.status()}", flush=True)


def main(arguments):
    parser = argparse.ArgumentParser(usage=__doc__, add_help=False)
    parser.add_argument("--cache", default="~/.cache/otm/services")
    parser.add_argument("--run", default="default")
    parser.add_argument("verb")
    parser.add_argument("names", nargs="*")
    options = parser.parse_args(arguments)
    verbs = ("install", "start", "stop", "kill", "wipe", "status", "env", "sweep")
    unknown = [name for name in options.names if name not in SERVERS]
    if options.verb not in verbs or unknown:
        what = f"verb {options.verb}" if options.verb not in verbs else f"server {unknown[0]}"
        known = verbs if options.verb not in verbs else SERVERS
        print(f"otm: there is no {what}; there are {', '.join(known)}", file=sys.stderr)
        return 64
    cache = pathlib.Path(options.cache).expanduser()
    try:
        if options.verb == "sweep":
            sweep(cache)
        else:
            carry_out(options.verb, server.Place(cache, cache / "run" / options.run), options.names)
    except server.ServiceError as error:
        print(f"otm: {error}", file=sys.stderr)
        return 69
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
