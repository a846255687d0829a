#include "lib/push/delivery.h"

#include <utility>

#include "lib/push/notifications.h"
#include "lib/push/sender.h"
#include "lib/push/vapid_keys.h"

namespace push {
namespace {

// Members in the order of their needs: the last is destroyed first.
class RunningDelivery final : public Delivery {
 public:
  RunningDelivery(const Settings& settings, Setup setup, const DeliveryParts& parts)
      : keys_(parts.store, settings.vapid_key_file),
        sender_({.hosts = std::move(setup.hosts),
                 .vapid_key = [this] { return keys_.Get(); },
                 .vapid_subject = settings.subject},
                parts.http, parts.clock),
        notifications_({.page = settings.page,
                        .household = std::move(setup.household),
                        .defaults = std::move(setup.defaults),
                        .seed = static_cast<uint64_t>(parts.clock.UnixMs())},
                       {.clock = parts.clock,
                        .log = parts.log,
                        .metrics = parts.metrics,
                        .bus = parts.bus,
                        .store = parts.store,
                        .sender = sender_}) {}

  std::string NotReady() const override { return notifications_.NotReady(); }

 private:
  VapidKeys keys_;
  Sender sender_;
  Notifications notifications_;
};

}  // namespace

base::Result<std::unique_ptr<Delivery>> Delivery::Start(const Settings& settings,
                                                        const DeliveryParts& parts) {
  ASSIGN_OR_RETURN(Setup setup, SetUp(settings));
  return std::make_unique<RunningDelivery>(settings, std::move(setup), parts);
}

}  // namespace push
