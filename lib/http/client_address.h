// Who a request comes from when proxies stand between.
//
// A proxy appends the address of whoever connected to it to X-Forwarded-For. Only what trusted
// proxies wrote is believed: the list is read from its end for as long as its writer is trusted, so
// that nobody can choose an address by sending the field. (MDN, "X-Forwarded-For": selecting an
// address.) RFC 7239's Forwarded is not read: nginx does not write it.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "lib/http/message.h"

namespace http {

inline constexpr size_t kTrustedProxiesMax = 16;   // Of a household: one, or two at a change.
inline constexpr size_t kForwardedEntriesMax = 8;  // Proxies in a row; what is before is not read.

// "::FFFF:192.168.1.7" and "192.168.1.7" are one address, "::0:1" and "::1" another; empty when it
// is no IP address. IPv6 zones are not accepted.
std::string CanonicalAddress(std::string_view text);

// The address that limits and logs should count: request.peer_address, or the last one in
// X-Forwarded-For that no trusted proxy has. `trusted` are canonical addresses. An entry that is no
// IP address ends the reading: then it is the proxy that wrote it. No I/O; thread-safe.
std::string ClientAddress(const Request& request, std::span<const std::string> trusted);

}  // namespace http
