#include "lib/http/client_address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <ranges>

namespace http {
namespace {

constexpr std::string_view kForwardedFor = "x-forwarded-for";
constexpr size_t kMappedPrefix = 12;  // ::ffff:0:0/96, RFC 4291 section 2.5.5.2.

std::string_view Trim(std::string_view text) {
  constexpr std::string_view kBlanks = " \t";
  const size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) + 1 - begin);
}

bool IsTrusted(std::string_view address, std::span<const std::string> trusted) {
  return std::ranges::find(trusted, address) != trusted.end();
}

}  // namespace

std::string CanonicalAddress(std::string_view text) {
  if (text.contains('\0')) return {};  // The functions below would stop there.
  std::string address(text);
  std::array<char, INET6_ADDRSTRLEN> written{};
  in_addr v4{};
  in6_addr v6{};
  if (inet_pton(AF_INET, address.c_str(), &v4) == 1) return address;
  if (inet_pton(AF_INET6, address.c_str(), &v6) != 1) return {};
  const bool is_v4 = IN6_IS_ADDR_V4MAPPED(&v6);
  const void* bytes = is_v4 ? &v6.s6_addr[kMappedPrefix] : v6.s6_addr;
  inet_ntop(is_v4 ? AF_INET : AF_INET6, bytes, written.data(), written.size());
  return written.data();
}

std::string ClientAddress(const Request& request, std::span<const std::string> trusted) {
  std::string client = request.peer_address;
  size_t read = 0;
  for (const auto& [name, value] : std::views::reverse(request.headers)) {
    if (name != kForwardedFor) continue;
    std::string_view rest = value;
    while (IsTrusted(client, trusted) && read++ < kForwardedEntriesMax) {
      const size_t comma = rest.rfind(',');
      const std::string_view last = comma == std::string_view::npos ? rest : rest.substr(comma + 1);
      std::string address = CanonicalAddress(Trim(last));
      if (address.empty()) return client;
      client = std::move(address);
      if (comma == std::string_view::npos) break;
      rest = rest.substr(0, comma);
    }
  }
  return client;
}

}  // namespace http
