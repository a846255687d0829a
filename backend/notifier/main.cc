// otm-notifier: tells portals of everything that happens, over one stream each.
#include "backend/notifier/options.h"
#include "backend/notifier/process.h"
#include "lib/base/config.h"
#include "lib/service/service.h"

int main(int argc, char** argv) {
  notifier::Options options;
  base::Config config("otm-notifier");
  notifier::Declare(config, options);
  return service::RunService(
      argc, argv,
      {.name = "otm-notifier",
       .summary = "Tells the portals of this household of everything that happens.",
       .example = "otm-notifier --kafka-brokers 192.168.1.100:9092 "
                  "--notifier-token-file /etc/otm/notifier.token",
       .config = config},
      [&](const service::Tools& tools) { return notifier::StartProcess(options, tools); });
}
