#include "lib/http/sse_limits.h"

namespace http {
namespace {

using Owners = std::map<std::string, std::shared_ptr<SseOwner>, std::less<>>;

int Count(const Owners& owners, std::string_view name) {
  const auto found = owners.find(name);
  return found == owners.end() ? 0 : found->second->streams;
}

std::shared_ptr<SseOwner> AddTo(Owners& owners, std::string_view name) {
  auto found = owners.find(name);
  if (found == owners.end()) {
    const std::string key(name);
    found = owners.emplace(key, std::make_shared<SseOwner>(SseOwner{.name = key})).first;
  }
  ++found->second->streams;
  return found->second;
}

void RemoveFrom(Owners& owners, const SseOwner& owner) {
  const auto found = owners.find(owner.name);
  if (found != owners.end() && --found->second->streams == 0) owners.erase(found);
}

auto Full(std::string_view whose, int limit) {
  return base::Fail(base::Errc::kExhausted,
                    std::string(whose) + " has all of its " + std::to_string(limit) +
                        " event streams open; close a tab or try again in some seconds");
}

}  // namespace

base::Status SseLimits::Admit(std::string_view user, std::string_view address) const {
  if (streams_ >= values_.streams_max) return Full("this portal", values_.streams_max);
  if (!user.empty() && Count(users_, user) >= values_.per_user_max) {
    return Full("this user", values_.per_user_max);
  }
  if (Count(addresses_, address) >= values_.per_address_max) {
    return Full("this address", values_.per_address_max);
  }
  return {};
}

base::Result<SseSlot> SseLimits::Take(std::string_view user, std::string_view address) {
  RETURN_IF_ERROR(Admit(user, address));
  ++streams_;
  return SseSlot{.user = AddTo(users_, user), .address = AddTo(addresses_, address)};
}

void SseLimits::Release(const SseSlot& slot) {
  --streams_;
  RemoveFrom(users_, *slot.user);
  RemoveFrom(addresses_, *slot.address);
}

std::shared_ptr<SseOwner> SseLimits::FindUser(std::string_view user) const {
  const auto found = users_.find(user);
  return found == users_.end() ? nullptr : found->second;
}

}  // namespace http
