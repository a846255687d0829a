#include "edge/portal/settings.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

#include "edge/portal/spool/temp_folder.h"
#include "lib/base/config.h"
#include "lib/http/client_address.h"

namespace portal {
namespace {

using Words = std::vector<std::string>;

// The settings that a process with these would have.
base::Result<Settings> Load(const Words& args, const Words& environment = {}) {
  Settings settings = DefaultSettings(args, environment);
  base::Config config("otm-portal");
  Declare(config, settings);
  const auto request = config.Load(args, environment);
  if (!request) return std::unexpected(request.error());
  return settings;
}

TEST(Settings, WithoutAnyEverythingIsOnThisMachine) {
  const auto settings = Load({});
  ASSERT_TRUE(settings);
  EXPECT_EQ(BindAddress(*settings), "127.0.0.1");
  EXPECT_EQ(settings->port, 9000);
  EXPECT_EQ(settings->kafka.brokers, "127.0.0.1:9092");
  EXPECT_EQ(settings->mongo.url, "mongodb://127.0.0.1:27017");
  EXPECT_EQ(settings->notifier_urls, "http://127.0.0.1:9002");
  EXPECT_EQ(settings->spool, "/var/lib/otm-portal/spool");
  EXPECT_EQ(settings->mongo.reads, mongo::Reads::kSecondaryPreferred);
}

TEST(Settings, TheBackendsAddressIsThatOfAllItsServices) {
  for (const auto& [args, environment] :
       {std::pair(Words{}, Words{"BACKEND_SERVER_IP=192.168.1.100"}),
        std::pair(Words{"--allow-lan-without-login", "--backend", "192.168.1.100"}, Words{})}) {
    const auto settings = Load(args, environment);
    ASSERT_TRUE(settings);
    EXPECT_EQ(settings->kafka.brokers, "192.168.1.100:9092");
    EXPECT_EQ(settings->mongo.url, "mongodb://192.168.1.100:27017");
    EXPECT_EQ(settings->notifier_urls, "http://192.168.1.100:9002");
  }
  EXPECT_EQ(Load({"--backend", "fd00::1"})->kafka.brokers, "[fd00::1]:9092");
}

TEST(Settings, TheOriginalsFileIsReadAsItIs) {
  const spool::TempFolder folder;
  const std::string path = folder.path() + "/.env.raspi";
  spool::WriteFile(path,
                   "\xEF\xBB\xBF# Raspberry Pi\r\n"
                   "BACKEND_SERVER_IP=192.168.1.100  \r\n"
                   "BACKEND_MONGO_URL=\"mongodb://otm-home-user:otm-home-password@192.168.1.100:"
                   "27017\"\r\n"
                   "export BACKEND_KAFKA_BROKERS='192.168.1.100:9093'\r\n");
  const auto settings = Load({"--config", path});
  ASSERT_TRUE(settings) << settings.error().message;
  EXPECT_EQ(settings->kafka.brokers, "192.168.1.100:9093");
  EXPECT_EQ(settings->mongo.url, "mongodb://otm-home-user:otm-home-password@192.168.1.100:27017");
  EXPECT_EQ(settings->notifier_urls, "http://192.168.1.100:9002");
}

TEST(Settings, WhatIsSaidWinsOverWhatFollowsFromTheBackend) {
  const auto settings =
      Load({"--kafka-brokers", "kafka:9092", "--notifier-urls", "http://a:9002,http://b:9002"},
           {"BACKEND_SERVER_IP=192.168.1.100", "HOME=/home/pi"});
  ASSERT_TRUE(settings);
  EXPECT_EQ(settings->kafka.brokers, "kafka:9092");
  EXPECT_EQ(settings->mongo.url, "mongodb://192.168.1.100:27017");
  EXPECT_EQ(SplitList(settings->notifier_urls), (Words{"http://a:9002", "http://b:9002"}));
  EXPECT_EQ(settings->spool, "/home/pi/.local/share/otm-portal/spool");
}

TEST(Settings, MistakesSayWhatWouldDo) {
  for (const Words& args : {Words{"--address", "portal.lan"}, Words{"--backend", "http://x"},
                            Words{"--notifier-urls", "192.168.1.100:9002"},
                            Words{"--notifier-urls", " , "}, Words{"--allowed-hosts", "*.lan"},
                            Words{"--spool-size", "1KiB"}, Words{"--prompts-per-hour", "0"}}) {
    EXPECT_FALSE(Load(args)) << args[0];
  }
}

TEST(Settings, NamesOfTheMachineUpToALimit) {
  std::string names = "a";
  for (size_t i = 1; i < kAllowedHostsMax; ++i) names += ",a";
  EXPECT_TRUE(Load({"--allowed-hosts", names}));
  EXPECT_FALSE(Load({"--allowed-hosts", names + ",a"}));
}

TEST(Settings, ProxiesAreAddressesUpToALimit) {
  std::string proxies = "127.0.0.1, ::FFFF:192.168.1.2";
  EXPECT_EQ(TrustedProxies(*Load({"--trusted-proxies", proxies})),
            (Words{"127.0.0.1", "192.168.1.2"}));
  EXPECT_FALSE(Load({"--trusted-proxies", "nginx.lan"}));
  for (size_t i = 2; i < http::kTrustedProxiesMax; ++i) proxies += ",::1";
  EXPECT_TRUE(Load({"--trusted-proxies", proxies}));
  EXPECT_FALSE(Load({"--trusted-proxies", proxies + ",::1"}));
}

TEST(Settings, TheNetworkIsServedOnlyByWhoeverSaysThatItMayBeWithoutLogin) {
  auto settings = *Load({"--address", "0.0.0.0"});
  EXPECT_EQ(BindAddress(settings), "127.0.0.1");
  EXPECT_NE(AddressNotice(settings).find("--allow-lan-without-login"), std::string::npos);
  settings.allow_lan_without_login = true;
  EXPECT_EQ(BindAddress(settings), "0.0.0.0");
  EXPECT_NE(AddressNotice(settings).find("--allowed-hosts"), std::string::npos);
  settings.allowed_hosts = "portal.lan, 192.168.1.150";
  EXPECT_EQ(AddressNotice(settings), "");
  EXPECT_EQ(HostNames(settings), (Words{"portal.lan", "192.168.1.150"}));
  settings.address = "192.168.1.150";
  settings.allowed_hosts = "";
  EXPECT_EQ(HostNames(settings), Words{"192.168.1.150"});
  EXPECT_EQ(AddressNotice(settings), "");
  settings = *Load({"--address", "::"});
  EXPECT_EQ(BindAddress(settings), "::1");
  settings = *Load({"--address", "127.0.0.2"});
  EXPECT_EQ(BindAddress(settings), "127.0.0.2");
  EXPECT_EQ(AddressNotice(settings), "");
}

}  // namespace
}  // namespace portal
