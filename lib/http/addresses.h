// Which addresses belong to the whole internet. No I/O.
#pragma once

struct sockaddr;

namespace http {

// False for this machine, private networks, links, multicast, documentation, and whatever else the
// registries of special-purpose addresses (RFC 6890) name, also where an IPv4 address stands in an
// IPv6 one; and for other families.
bool IsPublicAddress(const sockaddr& address);

}  // namespace http
