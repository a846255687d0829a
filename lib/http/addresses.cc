#include "lib/http/addresses.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <span>

namespace http {
namespace {

struct Network {
  const char* address;
  int bits;
};

constexpr std::array kSpecialV4 = {
    Network{"0.0.0.0", 8},      Network{"10.0.0.0", 8},     Network{"100.64.0.0", 10},
    Network{"127.0.0.0", 8},    Network{"169.254.0.0", 16}, Network{"172.16.0.0", 12},
    Network{"192.0.0.0", 24},   Network{"192.0.2.0", 24},   Network{"192.88.99.0", 24},
    Network{"192.168.0.0", 16}, Network{"198.18.0.0", 15},  Network{"198.51.100.0", 24},
    Network{"203.0.113.0", 24}, Network{"224.0.0.0", 4},    Network{"240.0.0.0", 4}};
// Of the global unicast 2000::/3, which all others are outside of.
constexpr std::array kSpecialV6 = {Network{"2001::", 23}, Network{"2001:db8::", 32},
                                   Network{"2002::", 16}, Network{"3fff::", 20}};
constexpr Network kUnicastV6 = {"2000::", 3};
// An IPv4 address behind 96 bits.
constexpr std::array kMappedV6 = {Network{"::ffff:0:0", 96}, Network{"64:ff9b::", 96}};
constexpr size_t kMappedAt = 12;

using Bytes = std::span<const unsigned char>;

bool IsIn(Bytes address, const Network& network) {
  constexpr int kByte = 8;
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  const int family = address.size() == sizeof(in_addr) ? AF_INET : AF_INET6;
  if (inet_pton(family, network.address, bytes.data()) != 1) return false;
  for (int i = 0; i < network.bits; ++i) {
    const auto at = static_cast<size_t>(i / kByte);
    if (((address[at] ^ bytes.at(at)) >> (kByte - 1 - i % kByte) & 1) != 0) return false;
  }
  return true;
}

bool IsInAny(Bytes address, std::span<const Network> networks) {
  return std::ranges::any_of(networks,
                             [&](const Network& network) { return IsIn(address, network); });
}

}  // namespace

bool IsPublicAddress(const sockaddr& address) {
  if (address.sa_family == AF_INET) {
    std::array<unsigned char, sizeof(in_addr)> bytes{};
    std::memcpy(bytes.data(), &reinterpret_cast<const sockaddr_in&>(address).sin_addr,
                bytes.size());
    return !IsInAny(bytes, kSpecialV4);
  }
  if (address.sa_family != AF_INET6) return false;
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  std::memcpy(bytes.data(), &reinterpret_cast<const sockaddr_in6&>(address).sin6_addr,
              bytes.size());
  if (IsInAny(bytes, kMappedV6)) return !IsInAny(Bytes(bytes).subspan(kMappedAt), kSpecialV4);
  return IsIn(bytes, kUnicastV6) && !IsInAny(bytes, kSpecialV6);
}

}  // namespace http
