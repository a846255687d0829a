// The key that says who sends (RFC 8292): the same for all who share a store, made when there is
// none.
//
// It lies in the store, so that any number of notifiers sign alike and the portal can give its
// public half to browsers. A file beside it is a choice of whoever runs the service: to keep the
// key where the store is lost, since no subscription works with another, or to bring one's own.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "lib/base/result.h"
#include "lib/push/p256_key.h"
#include "lib/push/subscriptions.h"

namespace push {

// A file of the private key: its scalar as base64url, one line, mode 0600.
//
// Nothing where there is no such file. kInvalid where others may read it or it holds no key, with
// what to do; kUnavailable where it cannot be read.
base::Result<std::optional<std::string>> ReadKeyFile(const std::string& path);
// Whole or not at all; kConflict where there is one.
base::Status WriteKeyFile(const std::string& path, const std::string& scalar);

// Thread-safe. `store` outlives it.
class VapidKeys {
 public:
  // `file` may be empty. One that is there goes into a store that has no key; one that is not there
  // is made, of the store's key.
  VapidKeys(SubscriptionStore& store, std::string file) : store_(store), file_(std::move(file)) {}

  // Blocks for store and file until it has worked once, then never again. kInvalid where file and
  // store have different keys, or the file cannot be used; kUnavailable where the store is away.
  base::Result<std::shared_ptr<const P256Key>> Get();

 private:
  base::Result<std::string> Find();

  SubscriptionStore& store_;
  const std::string file_;
  std::mutex mutex_;
  std::shared_ptr<const P256Key> key_;
};

}  // namespace push
