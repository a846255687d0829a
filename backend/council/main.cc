// otm-council: the backend that lets models answer, on Kafka and MongoDB.
#include "backend/council/options.h"
#include "backend/council/process.h"
#include "lib/base/config.h"
#include "lib/service/service.h"

int main(int argc, char** argv) {
  backend_council::Options options;
  base::Config config("otm-council");
  backend_council::Declare(config, options);
  return service::RunService(
      argc, argv,
      {.name = "otm-council",
       .summary = "Takes questions from Kafka, lets the models answer, and keeps it in MongoDB.",
       .example = "otm-council --kafka-brokers 192.168.1.100:9092 --workers 2",
       .config = config},
      [&](const service::Tools& tools) { return backend_council::StartProcess(options, tools); });
}
