"""A throw-away authority and a certificate for localhost and 127.0.0.1, made by openssl."""

import dataclasses
import pathlib

from tests.services import tools

DAYS = "30"  # They are made anew with each group of servers.
CURVE = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]


@dataclasses.dataclass(frozen=True)
class Certificates:
    """Paths of PEM files; `both` holds key, certificate and authority, as Kafka wants them."""

    authority: pathlib.Path
    certificate: pathlib.Path
    key: pathlib.Path
    both: pathlib.Path


def certificates(place):
    """Those of this group of servers; made when they are asked for the first time."""
    folder = place.run / "certificates"
    made = Certificates(*(folder / f"{name}.pem" for name in ("ca", "server", "key", "both")))
    if made.both.exists():
        return made
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / "openssl.log"
    request, authority_key = folder / "request.pem", folder / "ca.key"
    tools.run(
        ["openssl", "req", "-x509", *CURVE, "-days", DAYS, "-subj", "/CN=OTM Home test authority"]
        + ["-addext", "keyUsage=critical,keyCertSign,cRLSign"]
        + ["-keyout", authority_key, "-out", made.authority],
        log,
    )
    tools.run(
        ["openssl", "req", *CURVE, "-subj", "/CN=localhost"]
        + ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
        + ["-keyout", made.key, "-out", request],
        log,
    )
    tools.run(
        ["openssl", "x509", "-req", "-in", request, "-days", DAYS, "-copy_extensions", "copy"]
        + ["-CA", made.authority, "-CAkey", authority_key, "-CAcreateserial"]
        + ["-out", made.certificate],
        log,
    )
    made.both.write_bytes(
        b"".join(path.read_bytes() for path in (made.key, made.certificate, made.authority))
    )
    return made
