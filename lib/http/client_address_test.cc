#include "lib/http/client_address.h"

#include <gtest/gtest.h>

#include <vector>

namespace http {
namespace {

using Words = std::vector<std::string>;

std::string Client(std::string peer, const Words& forwarded,
                   const Words& trusted = {"10.0.0.1", "10.0.0.2", "::1"}) {
  Request request;
  request.peer_address = std::move(peer);
  for (const std::string& value : forwarded) {
    request.headers.emplace_back("x-forwarded-for", value);
    request.headers.emplace_back("x-other", "9.9.9.9");
  }
  return ClientAddress(request, trusted);
}

TEST(ClientAddress, WhoeverIsNotTrustedIsTheClientWhateverItSays) {
  EXPECT_EQ(Client("192.168.1.7", {"1.2.3.4"}), "192.168.1.7");
  EXPECT_EQ(Client("10.0.0.1", {"1.2.3.4"}, {}), "10.0.0.1");
  EXPECT_EQ(Client("", {"1.2.3.4"}), "");
}

TEST(ClientAddress, OfATrustedProxyTheLastEntryIsTheClient) {
  EXPECT_EQ(Client("10.0.0.1", {"192.168.1.7"}), "192.168.1.7");
  EXPECT_EQ(Client("10.0.0.1", {"6.6.6.6, 192.168.1.7"}), "192.168.1.7");
  EXPECT_EQ(Client("10.0.0.1", {"6.6.6.6", "192.168.1.7"}), "192.168.1.7");
  EXPECT_EQ(Client("::1", {"\t 2001:DB8::0:7 "}), "2001:db8::7");
}

TEST(ClientAddress, ProxiesInARowAreSkipped) {
  EXPECT_EQ(Client("10.0.0.1", {"6.6.6.6, 192.168.1.7, 10.0.0.2"}), "192.168.1.7");
  EXPECT_EQ(Client("10.0.0.1", {"6.6.6.6, 192.168.1.7", "10.0.0.2"}), "192.168.1.7");
}

TEST(ClientAddress, WithoutAnEntryOrWithANonsenseItIsTheProxyThatWroteIt) {
  EXPECT_EQ(Client("10.0.0.1", {}), "10.0.0.1");
  EXPECT_EQ(Client("10.0.0.1", {"10.0.0.2"}), "10.0.0.2");
  for (const char* nonsense : {"", ",", "unknown", "1.2.3.4:80", "[::1]", "fe80::1%eth0", "1.2.3",
                               "6.6.6.6,", "_hidden"}) {
    EXPECT_EQ(Client("10.0.0.1", {nonsense}), "10.0.0.1") << nonsense;
  }
  EXPECT_EQ(Client("10.0.0.1", {"6.6.6.6, unknown, 10.0.0.2"}), "10.0.0.2");
}

TEST(ClientAddress, NoMoreEntriesAreReadThanTheLimit) {
  const auto row = [](size_t proxies) {
    std::string value = "192.168.1.7";
    for (size_t i = 0; i < proxies; ++i) value += ", 10.0.0.2";
    return value;
  };
  EXPECT_EQ(Client("10.0.0.1", {row(kForwardedEntriesMax - 1)}), "192.168.1.7");
  EXPECT_EQ(Client("10.0.0.1", {row(kForwardedEntriesMax)}), "10.0.0.2");
  EXPECT_EQ(Client("10.0.0.1", {row(kForwardedEntriesMax + 1)}), "10.0.0.2");
}

TEST(CanonicalAddress, FormsOfOneAddressAreOne) {
  EXPECT_EQ(CanonicalAddress("192.168.1.7"), "192.168.1.7");
  EXPECT_EQ(CanonicalAddress("::FFFF:192.168.1.7"), "192.168.1.7");
  EXPECT_EQ(CanonicalAddress("0:0:0:0:0:0:0:1"), "::1");
  EXPECT_EQ(CanonicalAddress("portal.lan"), "");
  EXPECT_EQ(CanonicalAddress(std::string("1.2.3.4\0x", 9)), "");
}

}  // namespace
}  // namespace http
