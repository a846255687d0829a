#include "edge/portal/push_api.h"

#include <optional>
#include <utility>

#include "lib/base/json.h"
#include "lib/http/guard.h"
#include "lib/http/problem.h"
#include "lib/push/base64url.h"
#include "lib/push/p256_key.h"
#include "lib/push/preferences.h"

namespace portal {
namespace {

using base::Errc;
using http::Request;
using http::Response;

constexpr std::string_view kNobody = "";  // The user, until accounts exist.
constexpr int kOk = 200;
constexpr int kNoContent = 204;
constexpr int kTooLarge = 413;
constexpr int kUnsupported = 415;

// What a body must be before it is read.
std::optional<Response> RefuseBody(const Request& request) {
  if (!http::HasJsonBody(request)) {
    return http::Problem(request, kUnsupported, "Unsupported content type",
                         "send JSON with \"Content-Type: application/json\"");
  }
  if (request.body.size() <= kPushBodyBytesMax) return std::nullopt;
  return http::Problem(request, kTooLarge, "Too large",
                       "send at most " + std::to_string(kPushBodyBytesMax) + " bytes");
}

Response StatusResponse(const Request& request, const base::Status& status) {
  return status ? Response::Empty(kNoContent) : http::Problem(request, status.error());
}

}  // namespace

base::Result<push::Target> ReadSubscription(std::string_view body, const push::Hosts& hosts) {
  ASSIGN_OR_RETURN(const auto document, base::JsonDocument::Parse(body, kPushBodyBytesMax));
  ASSIGN_OR_RETURN(std::string endpoint, document.root().String("endpoint"));
  const auto keys = document.root().Find("keys");
  if (!keys) {
    return base::Fail(Errc::kInvalid, "keys is missing; send what PushSubscription.toJSON() gives");
  }
  ASSIGN_OR_RETURN(const std::string point, keys->String("p256dh"));
  ASSIGN_OR_RETURN(const std::string secret, keys->String("auth"));
  auto point_bytes = push::DecodeBase64Url(point), secret_bytes = push::DecodeBase64Url(secret);
  if (!point_bytes || !secret_bytes) {
    return base::Fail(Errc::kInvalid,
                      "keys.p256dh and keys.auth must be base64url without padding; send what "
                      "PushSubscription.toJSON() gives");
  }
  push::Target target{.id = push::BrowserId(endpoint),
                      .kind = push::TargetKind::kWebPush,
                      .url = std::move(endpoint),
                      .topic = {},
                      .secret = *std::move(secret_bytes),
                      .point = *std::move(point_bytes)};
  RETURN_IF_ERROR(push::CheckTarget(target, hosts));
  return target;
}

PushApi::PushApi(const PortalOptions& options, const PortalParts& parts)
    : parts_(parts), hosts_({}, options.push_services) {}

base::Result<push::SubscriptionStore*> PushApi::Store() const {
  if (parts_.push_store != nullptr) return parts_.push_store;
  return base::Fail(Errc::kUnavailable, "this portal keeps no subscriptions; use another one");
}

base::Result<std::string> PushApi::PublicKey(push::SubscriptionStore& store) {
  {
    const std::scoped_lock lock(mutex_);
    if (!public_key_.empty()) return public_key_;
  }
  ASSIGN_OR_RETURN(const auto scalar, store.Key());
  if (!scalar) return std::string();
  ASSIGN_OR_RETURN(const auto key, push::P256Key::FromPrivate(*scalar));
  const std::scoped_lock lock(mutex_);
  public_key_ = push::EncodeBase64Url(key.public_point());
  return public_key_;
}

Response PushApi::Load(const Request& request) {
  const auto load = [&]() -> base::Result<base::OrderedJson> {
    ASSIGN_OR_RETURN(push::SubscriptionStore* const store, Store());
    ASSIGN_OR_RETURN(const std::string key, PublicKey(*store));
    ASSIGN_OR_RETURN(const auto preferences, store->PreferencesOf(kNobody));
    ASSIGN_OR_RETURN(const auto targets, store->TargetsOf(kNobody));
    base::OrderedJson json{{"publicKey", nullptr},
                           {"enabled", hosts_.HasPushServices()},
                           {"preferences", nullptr},
                           {"subscriptions", base::OrderedJson::array()}};
    if (!key.empty()) json["publicKey"] = key;
    if (preferences) json["preferences"] = push::PreferencesJson(*preferences);
    for (const push::Target& target : targets) {
      json["subscriptions"].push_back({{"id", target.id}, {"service", push::OriginOf(target.url)}});
    }
    return json;
  };
  const auto json = load();
  return json ? Response::Json(kOk, base::Dump(*json)) : http::Problem(request, json.error());
}

Response PushApi::Subscribe(const Request& request) {
  if (auto refusal = RefuseBody(request)) return *std::move(refusal);
  const auto subscribe = [&]() -> base::Result<std::string> {
    ASSIGN_OR_RETURN(const push::Target target, ReadSubscription(request.body, hosts_));
    ASSIGN_OR_RETURN(push::SubscriptionStore* const store, Store());
    RETURN_IF_ERROR(store->Put(kNobody, target, parts_.clock.UnixMs()));
    return target.id;
  };
  const auto id = subscribe();
  if (!id) return http::Problem(request, id.error());
  return Response::Json(kOk, base::Dump({{"id", *id}}));
}

Response PushApi::Unsubscribe(const Request& request) {
  const auto store = Store();
  if (!store) return http::Problem(request, store.error());
  const std::string_view id = request.Param("id");
  if (id.size() > push::kTargetIdBytesMax) return Response::Empty(kNoContent);  // There is none.
  return StatusResponse(request, (*store)->Remove(kNobody, id));
}

Response PushApi::Prefer(const Request& request) {
  if (auto refusal = RefuseBody(request)) return *std::move(refusal);
  const auto prefer = [&]() -> base::Status {
    ASSIGN_OR_RETURN(const push::Preferences preferences, push::ParsePreferences(request.body));
    ASSIGN_OR_RETURN(push::SubscriptionStore* const store, Store());
    return store->SetPreferences(kNobody, preferences);
  };
  return StatusResponse(request, prefer());
}

}  // namespace portal
